// A client of `dormouse script` in another language: chat, night, undo. Prints what it saw as one JSON value.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [python, home] = process.argv.slice(2);
const child = spawn(python, ["-m", "app", "--home", home, "script"], { stdio: ["pipe", "pipe", "inherit"] });
const waiting = new Map();
const seen = { pieces: 0, progress: 0 };
let next = 0;

createInterface({ input: child.stdout }).on("line", (line) => {
  const event = JSON.parse(line);
  if (event.event === "ready") seen.protocol = event.protocol;
  else if (event.event === "piece") seen.pieces += 1;
  else if (event.event === "progress") seen.progress += 1;
  else if (event.event === "result") waiting.get(event.id).resolve(event.result);
  else if (event.event === "error") waiting.get(event.id).reject(new Error(event.text));
});

function call(name, given = {}) {
  const id = ++next;
  child.stdin.write(JSON.stringify({ id, call: name, ...given }) + "\n");
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

seen.noted = await call("remember", { text: "My kettle is called Vesuvius." });
seen.said = await call("say", { text: "What is my kettle called?" });
seen.night = await call("night");
seen.known = await call("say", { text: "What's the name of my kettle?", notes: false });
seen.receipt = await call("undo", { ids: [seen.noted.id] });
seen.gone = await call("say", { text: "What is my kettle called?" });
child.stdin.end();
child.on("exit", (code) => console.log(JSON.stringify({ ...seen, code })));
