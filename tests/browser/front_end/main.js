import {message} from './message.js';

const show = (id, text) => document.getElementById(id).textContent = text;

show('message', message);
fetch('/api/product?id=eq.1')
    .then((answer) => answer.json())
    .then((rows) => show('product', rows[0].name));

const live = new WebSocket(`ws://${location.host}/live`);
live.onmessage = (event) => show('live', JSON.parse(event.data));
live.onopen = () => live.send('Hello');

// A development server changes the module in a page that is open.
if (import.meta.hot)
  import.meta.hot.accept('./message.js', (changed) =>
    show('message', changed.message));
