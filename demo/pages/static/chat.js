// A chat room over /live: what is published to the channel reaches everybody
// who has joined it, and `presence` tells who that is.
const room = 'room:bench';
const form = document.querySelector('#chat');
const people = new Map();  // by their ref
let socket;
let last;  // the id of the last message, to go on from

form.name.value = form.dataset.name || `Guest ${1 + Math.floor(Math.random() * 99)}`;

const send = (command) => socket.send(JSON.stringify(command));

function show(message) {
  const line = document.createElement('li');
  const name = document.createElement('b');
  name.textContent = message.name;
  line.append(name, ` ${message.text}`);
  document.querySelector('#said').append(line);
}

function showPeople() {
  document.querySelector('#here').textContent =
    [...people.values()].map((person) => person.name).join(', ') || 'nobody yet';
}

function take(message) {
  if (message.id) last = message.id;
  if (message.data) show(message.data);
  if (message.here) people.clear();
  for (const [ref, person] of Object.entries(message.here ?? message.came ?? {}))
    people.set(ref, person);
  for (const ref of Object.keys(message.left ?? {})) people.delete(ref);
  if (message.here || message.came || message.left) showPeople();
}

function connect() {
  socket = new WebSocket(`${location.origin.replace('http', 'ws')}/live`);
  socket.onopen = () => {
    send({join: room, presence: true, ...(last && {since: last})});
    send({track: room, data: {name: form.name.value}});
  };
  socket.onmessage = ({data}) => take(JSON.parse(data));
  socket.onclose = () => setTimeout(connect, 1000 + 2000 * Math.random());
}

form.name.onchange = () => send({track: room, data: {name: form.name.value}});
form.onsubmit = (event) => {
  event.preventDefault();
  send({pub: room, data: {name: form.name.value, text: form.text.value}});
  form.text.value = '';
};
connect();
