// The newest orders that whoever is logged in may see. The page comes with those
// of the moment; what happens to them is told by a GraphQL subscription
// (graphql-transport-ws, so npm's graphql-ws would do the same). Those who may
// change an order do so over the same socket.
const table = document.querySelector('#orders');
const statuses = table.dataset.statuses.split(' ');
const subscription = `subscription {
  orders(order_by: {id: desc}, limit: 12) {
    id status customer { name } order_items { quantity cents }
  }
}`;
const change = `mutation ($id: Int!, $status: order_status!) {
  update_orders_by_pk(pk_columns: {id: $id}, _set: {status: $status}) { id }
}`;
let socket;
let count = 0;

const ask = (query, variables) =>
  socket.send(JSON.stringify({
    id: String(++count), type: 'subscribe', payload: {query, variables},
  }));

function statusOf(order) {
  if (!table.dataset.mayChange) return order.status;
  const choice = document.createElement('select');
  choice.setAttribute('aria-label', `Status of no. ${order.id}`);
  for (const status of statuses)
    choice.add(new Option(status, status, false, status === order.status));
  choice.onchange = () => ask(change, {id: order.id, status: choice.value});
  return choice;
}

function rowOf(order) {
  const row = document.createElement('tr');
  row.id = `order-${order.id}`;
  const sum = (of) => order.order_items.reduce((all, item) => all + of(item), 0);
  for (const value of [
    order.id, order.customer?.name ?? '', sum((item) => item.quantity),
    `€\u00a0${(sum((item) => item.quantity * item.cents) / 100).toFixed(2)}`,
    statusOf(order),
  ]) row.insertCell().append(value);
  return row;
}

function take({type, payload}) {
  if (type === 'connection_ack') ask(subscription);
  if (type === 'next' && payload.data?.orders)
    table.tBodies[0].replaceChildren(...payload.data.orders.map(rowOf));
  if (type === 'error' || payload?.errors)
    console.error((payload.errors ?? payload)[0].message);
}

function connect() {
  socket = new WebSocket(
    `${location.origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.onopen = () => socket.send('{"type": "connection_init"}');
  socket.onmessage = ({data}) => take(JSON.parse(data));
  socket.onclose = () => setTimeout(connect, 1000 + 2000 * Math.random());
}
connect();
