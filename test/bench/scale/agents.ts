/** A process of agents' peers, apart from the QEMUs: it measures how long answers take, and has little else to do. Started by `crowd.ts`, and ends with it. */
import { AgentPeer } from "../agent-peer.ts";
import { agentPath, type Crew, type News, type Order } from "./messages.ts";

/** An answer that takes longer counts as none. */
const PATIENCE_MS = 5_000;

const agents = new Map<number, AgentPeer>();

process.on("disconnect", () => process.exit(0));
process.on("message", (order: Order) => void carryOut(order));

async function carryOut(order: Order): Promise<void> {
  switch (order.kind) {
    case "start":
      return start(order);
    case "demand":
      return demand(order.guests, order.needBytes);
    case "sizes":
      for (const [guest, bytes] of order.sizes) change(guest, (agent) => (agent.actualBytes = bytes));
      return;
    case "use":
      for (const [guest, bytes] of order.uses) change(guest, (agent) => (agent.usedBytes = bytes));
      return;
    case "hang-up":
      for (const guest of order.guests) agents.get(guest)?.hangUp();
  }
}

function change(guest: number, how: (agent: AgentPeer) => void): void {
  const agent = agents.get(guest);
  if (agent !== undefined) how(agent);
}

async function start({
  folder,
  first,
  count,
  fullBytes,
  sizeBytes,
  usedBytes,
  reportEveryMs,
}: Crew): Promise<void> {
  for (let guest = first; guest < first + count; guest++) {
    const agent = await AgentPeer.listen(agentPath(folder, guest), fullBytes, reportEveryMs);
    agent.actualBytes = sizeBytes;
    agent.usedBytes = usedBytes;
    agents.set(guest, agent);
  }
  tell({ kind: "ready" });
}

/** All demand in one turn of the event loop; each answer is timed from its own demand on. */
function demand(guests: readonly number[], needBytes: number): void {
  const tookMs: number[] = [];
  const asked = guests.flatMap((guest) => agents.get(guest) ?? []);
  const beganAtMs = performance.now();
  let sendingMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    clearTimeout(timer);
    for (const agent of asked) agent.onAnswer = () => {};
    tell({ kind: "answered", tookMs, unanswered: asked.length - tookMs.length, sendingMs });
  };
  timer = setTimeout(end, PATIENCE_MS);
  for (const agent of asked) {
    const sentAtMs = performance.now();
    agent.onAnswer = () => {
      tookMs.push(performance.now() - sentAtMs);
      if (tookMs.length === asked.length) end();
    };
    agent.demand(needBytes);
  }
  sendingMs = performance.now() - beganAtMs;
}

function tell(news: News): void {
  process.send?.(news);
}
