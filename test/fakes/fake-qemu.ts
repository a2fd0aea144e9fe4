/** A QMP server on a unix socket that behaves like QEMU's, one client at a time, and misbehaves on request. */
import { rmSync } from "node:fs";
import net from "node:net";
import { ObjectReader } from "../../host/src/qmp/object-reader.ts";
import { FakeGuestMonitor, type FakeMachineOptions, UNREPORTED } from "./fake-guest-monitor.ts";

export interface FakeQemuOptions extends FakeMachineOptions {
  /** Where to listen; keep it under 108 bytes. */
  readonly path: string;
  readonly mode?: FakeMode;
  /** Delay of each answer in mode `slow`; 100 ms. */
  readonly slowMs?: number;
  /** Called for each balloon command that is executed. */
  readonly onBalloon?: (targetBytes: number) => void;
}

/**
 * `busy` accepts and never greets; `mute` greets but does not answer the negotiation; `silent` answers the negotiation and nothing after it;
 * `slow` answers late; `nonsense` talks no QMP at all; `garbled` answers with broken JSON; `oversized` with an object above 1 MiB;
 * `cut` hangs up in the middle of an answer; `unending` never ends one.
 */
export type FakeMode =
  | "normal"
  | "busy"
  | "mute"
  | "silent"
  | "slow"
  | "nonsense"
  | "garbled"
  | "oversized"
  | "cut"
  | "unending";

interface Request {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly id?: unknown;
}

class Refusal extends Error {
  readonly errorClass: string;

  constructor(errorClass: string, description: string) {
    super(description);
    this.errorClass = errorClass;
  }
}

const GREETING =
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "fake"}, "capabilities": ["oob"]}}\r\n';
const OVERSIZED_BYTES = 2 * 1024 * 1024;

/** One fake guest; `machine` is the state behind it. */
export class FakeQemu {
  readonly path: string;
  readonly machine: FakeGuestMonitor;
  /** Everything that was executed, oldest first. */
  readonly commands: { readonly name: string; readonly args: Readonly<Record<string, unknown>> }[] = [];
  /** Commands answered with an error, and the error's class. */
  readonly refusals = new Map<string, string>();
  /** How many requests came with each piece that was received. */
  readonly chunks: number[] = [];
  /** Clients since the start. */
  connections = 0;
  readonly #server: net.Server;
  readonly #slowMs: number;
  readonly #onBalloon: ((targetBytes: number) => void) | undefined;
  /** The first is being served, the others wait for it to leave. */
  readonly #clients: net.Socket[] = [];
  readonly #unread = new Map<net.Socket, Request[]>();
  #withheld: Request[] = [];
  #mode: FakeMode;
  #negotiated = false;

  /** Starts listening. */
  static async start(options: FakeQemuOptions): Promise<FakeQemu> {
    const fake = new FakeQemu(options);
    await new Promise<void>((resolve, reject) => {
      fake.#server.once("error", reject).listen(options.path, resolve);
    });
    return fake;
  }

  private constructor(options: FakeQemuOptions) {
    this.path = options.path;
    this.#mode = options.mode ?? "normal";
    this.#slowMs = options.slowMs ?? 100;
    this.#onBalloon = options.onBalloon;
    this.machine = new FakeGuestMonitor(options, (actual) => this.emit("BALLOON_CHANGE", { actual }));
    this.#server = net.createServer((socket) => this.#onClient(socket));
  }

  /** How many clients are connected, served or waiting. */
  get clientCount(): number {
    return this.#clients.length;
  }

  /** Changes the behaviour from the next command on; back to `normal` also answers what was left unanswered, late. */
  setMode(mode: FakeMode): void {
    this.#mode = mode;
    if (mode !== "normal") return;
    const late = this.#withheld;
    this.#withheld = [];
    for (const request of late) this.#serve(request);
  }

  /** Greets the client that `busy` left without a greeting. */
  greetLate(): void {
    this.setMode("normal");
    this.#greet();
  }

  /** Sends an event to the client, with the time of now. */
  emit(event: string, data: object = {}): void {
    const nowMs = Date.now();
    const timestamp = { seconds: Math.floor(nowMs / 1000), microseconds: (nowMs % 1000) * 1000 };
    if (this.#negotiated) this.#send({ timestamp, event, data });
  }

  /** Resets the guest as `system_reset` does; its driver is back after `machine.boot()`. */
  reset(): void {
    this.machine.reset();
    this.emit("RESET", { guest: false, reason: "host-qmp-system-reset" });
  }

  /** Hangs up on the client without stopping to listen. */
  hangUp(): void {
    this.#clients[0]?.destroy();
  }

  /** Ends everything, and removes the socket file as QEMU's normal exit does. */
  async close(): Promise<void> {
    this.machine.stop();
    for (const client of [...this.#clients]) client.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    rmSync(this.path, { force: true });
  }

  #onClient(socket: net.Socket): void {
    this.#clients.push(socket);
    this.connections += 1;
    const reader = new ObjectReader();
    this.#unread.set(socket, []);
    socket.on("data", (chunk: Uint8Array) => {
      const requests = [...reader.push(chunk)] as unknown as Request[];
      this.chunks.push(requests.length);
      this.#unread.get(socket)?.push(...requests);
      this.#readOn();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#onLeft(socket));
    if (this.#clients[0] === socket) this.#greet();
  }

  /** What a client that waits has written is read when its turn comes. */
  #readOn(): void {
    const [served] = this.#clients;
    const requests = served === undefined ? [] : (this.#unread.get(served)?.splice(0) ?? []);
    for (const request of requests) this.#onRequest(request);
  }

  #onLeft(socket: net.Socket): void {
    this.#unread.delete(socket);
    const place = this.#clients.indexOf(socket);
    this.#clients.splice(place, 1);
    if (place === 0 && this.#clients.length > 0) this.#greet();
  }

  #greet(): void {
    this.#negotiated = false;
    this.#withheld = [];
    if (this.#mode === "nonsense") this.#clients[0]?.write("login: \r\nPassword: \r\n");
    else if (this.#mode !== "busy") this.#clients[0]?.write(GREETING);
    this.#readOn();
  }

  #onRequest(request: Request): void {
    this.commands.push({ name: request.execute, args: request.arguments ?? {} });
    const negotiating = request.execute === "qmp_capabilities";
    if (this.#mode === "mute" || (this.#mode === "silent" && !negotiating)) this.#withheld.push(request);
    else if (this.#mode === "slow") setTimeout(() => this.#serve(request), this.#slowMs);
    else if (negotiating || this.#mode === "normal") this.#serve(request);
    else this.#misbehave();
  }

  #misbehave(): void {
    const client = this.#clients[0];
    if (this.#mode === "oversized") client?.write(`{"return": "${"x".repeat(OVERSIZED_BYTES)}"}\r\n`);
    else if (this.#mode === "cut") client?.end('{"return": {"actual": 5368');
    else if (this.#mode === "unending") client?.write('{"return": {"actual": 5368\r\n');
    else client?.write('{"return": {"actual": 5368,, }}\r\n');
  }

  #serve(request: Request): void {
    try {
      this.#send({ return: this.#execute(request.execute, request.arguments ?? {}), id: request.id });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#send({ error: { class: error.errorClass, desc: error.message }, id: request.id });
    }
  }

  /** 2^64-1 cannot pass `JSON.stringify` as a number: it travels as a string and loses its quotes here. */
  #send(message: object): void {
    const text = JSON.stringify(message).replaceAll(`"${UNREPORTED}"`, UNREPORTED);
    this.#clients[0]?.write(`${text}\r\n`);
  }

  #execute(command: string, args: Readonly<Record<string, unknown>>): unknown {
    const { machine } = this;
    const refused = this.refusals.get(command);
    if (refused !== undefined) throw new Refusal(refused, `this fake refuses ${command}`);
    switch (command) {
      case "qmp_capabilities":
        this.#negotiated = true;
        return {};
      case "balloon":
      case "query-balloon":
        return this.#balloon(command, args);
      case "query-status":
        return { status: machine.runStatus, singlestep: false, running: machine.runStatus === "running" };
      case "query-migrate":
        return machine.migration === undefined ? {} : { status: machine.migration };
      case "query-migrate-capabilities":
        return ["postcopy-ram", "background-snapshot"].map((capability) => ({
          capability,
          state: machine.migrationCapabilities.has(capability),
        }));
      case "query-memory-size-summary":
        return { "base-memory": machine.baseBytes, "plugged-memory": pluggedBytes(machine) };
      case "query-memory-devices":
        return [...machine.memoryDevices].map(([id, { kind, sizeBytes }]) => ({
          type: kind,
          data: { id, size: sizeBytes, memdev: `/objects/${id}-backend` },
        }));
      case "query-block-jobs":
        return machine.blockJobs.map((type) => ({ type, device: `job-${type}` }));
      case "human-monitor-command":
        return machine.networkTypes.map((type, i) => `n${i}: index=0,type=${type},\r\n`).join("");
      case "object-add":
        machine.addObject(`/objects/${args["id"]}`, String(args["qom-type"]), { size: args["size"] });
        return {};
      case "device_add":
        this.#plug(args);
        return {};
      case "system_reset":
        this.reset();
        return {};
      default:
        return this.#qom(command, args);
    }
  }

  /** Memory devices only. */
  #plug({ driver, id, memdev }: Readonly<Record<string, unknown>>): void {
    const sizeBytes = Number(this.machine.get(`/objects/${memdev}`, "size"));
    const kind = driver === "pc-dimm" ? "dimm" : String(driver).replace("-pci", "");
    this.machine.plug(String(id), { kind, sizeBytes });
  }

  #balloon(command: string, args: Readonly<Record<string, unknown>>): unknown {
    if (this.machine.balloonPath === undefined) {
      throw new Refusal("DeviceNotActive", "No balloon device has been activated");
    }
    if (command === "query-balloon") return { actual: this.machine.actualBytes };
    this.#onBalloon?.(Number(args["value"]));
    this.machine.balloon(Number(args["value"]));
    return {};
  }

  #qom(command: string, args: Readonly<Record<string, unknown>>): unknown {
    const path = String(args["path"]);
    const property = String(args["property"]);
    switch (command) {
      case "qom-list":
        return found(this.machine.list(path), `Device '${path}' not found`);
      case "qom-get":
        return found(this.machine.get(path, property), `Property '${property}' not found`);
      case "qom-set":
        return this.#qomSet(path, property, args["value"]);
      case "x-query-virtio-status":
        return this.#virtioStatus();
      default:
        throw new Refusal("CommandNotFound", `The command ${command} has not been found`);
    }
  }

  #qomSet(path: string, property: string, value: unknown): object {
    if (property === "guest-stats-polling-interval") this.machine.pollingSeconds = Number(value);
    else if (!this.machine.set(path, property, value))
      throw new Refusal("GenericError", `Property '${property}' not found`);
    return {};
  }

  #virtioStatus(): object {
    const driverOk = "VIRTIO_CONFIG_S_DRIVER_OK: Driver setup and ready";
    return { name: "virtio-balloon", status: { statuses: this.machine.driverPresent ? [driverOk] : [] } };
  }
}

function pluggedBytes(machine: FakeGuestMonitor): number {
  return [...machine.memoryDevices.values()].reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
}

function found<T>(value: T | undefined, description: string): T {
  if (value === undefined) throw new Refusal("GenericError", description);
  return value;
}
