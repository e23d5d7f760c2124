// Contexts as JavaScript signs them, sorted in its two ways, one JSON object a line. The bot's token is the argument.
const { createHmac } = require("node:crypto");

const mac = (key, data) => createHmac("sha256", key).update(data).digest("hex");
const secret = mac("openclaw-mattermost-interactions", process.argv[2]);

const orders = [(a, b) => a.localeCompare(b), undefined];

function sorted(value, order) {
  if (Array.isArray(value)) return value.map((item) => sorted(item, order));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort(order).map((key) => [key, sorted(value[key], order)]));
}

// The same every time.
let state = 42;
const random = (below) => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return (state >> 8) % below;
};
const LETTERS = [...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)), ..."éÉèüÜñçåÅ"];
const text = () => Array.from({ length: random(4) }, () => LETTERS[random(LETTERS.length)]).join("");
const value = (depth) => {
  switch (random(depth ? 7 : 5)) {
    case 0: return [null, true, false][random(3)];
    case 1: return random(1000) - 500;
    case 2: return random(1000000) / 7 * 10 ** (random(40) - 20);
    case 3: case 4: return text() + ["", "\u2028", "\u007f", "😀", "\u0001"][random(5)];
    case 5: return Array.from({ length: random(4) }, () => value(depth - 1));
    default: return object(depth - 1);
  }
};
const object = (depth) => Object.fromEntries(Array.from({ length: random(7) }, () => [text(), value(depth)]));

for (let count = 0; count < 400; count++) {
  const context = object(3);
  for (const order of orders) {
    const token = mac(secret, JSON.stringify(sorted(context, order)));
    console.log(JSON.stringify({ ...context, _token: token }));
  }
}
