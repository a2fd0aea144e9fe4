/** A libvirtd for what the real one cannot be made to do. What both do is held by the contract suite. */

import { once } from "node:events";
import net from "node:net";
import { describeDomain } from "../../host/src/libvirt/domain-xml.ts";
import { encodeFrame, type Frame, FrameReader } from "../../host/src/libvirt/rpc/frame.ts";
import * as procedures from "../../host/src/libvirt/rpc/procedures.ts";
import * as wire from "../../host/src/libvirt/rpc/wire.ts";

const REMOTE = 0x20008086;
const KEEPALIVE = 0x6b656570;
const KIB = 1024;
/** `VIR_ERR_INVALID_ARG`, `VIR_ERR_NO_DOMAIN`, `VIR_ERR_NO_CONNECT`, `VIR_ERR_AUTH_FAILED`, `VIR_ERR_OPERATION_UNSUPPORTED`. */
const ERRORS = { invalid: 8, noDomain: 42, noConnect: 5, auth: 45, unsupported: 84 };
/** `VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN`. */
const MIGRATION_IN = 4;

export class FakeRefusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface FakeDomain {
  ref: wire.DomainRef;
  /** As libvirt shows it while the domain runs, without `<currentMemory>`'s and the period's changes. */
  liveXml: string;
  inactiveXml: string;
  persistent: boolean;
  /** It has a QEMU. */
  active: boolean;
  currentKib: number;
  /** What QEMU would say; absent: the same as libvirt knows. */
  actualKib?: number;
  maximumKib: number;
  periodSeconds: number;
  state: readonly [state: number, reason: number];
  /** Beyond state and sizes. */
  stats: Record<string, number>;
  /** `virDomainJobOperation`, while libvirt does something with it. */
  job?: number;
  /** Targets that were commanded, in KiB. */
  readonly targets: number[];
}

type Handler = (args: Uint8Array) => Uint8Array;

/** `max_client_requests`: with so many calls outstanding nothing more is read from a client. */
const MOST_OUTSTANDING = 5;

/** One client. */
interface Peer {
  readonly socket: net.Socket;
  /** Read from the socket, not looked at yet. */
  readonly waiting: Frame[];
  /** Calls without an answer. */
  readonly owed: Frame[];
}

export class FakeLibvirtd {
  readonly path: string;
  readonly domains: FakeDomain[] = [];
  /** `remote_auth_type`s that are offered. */
  authTypes: number[] = [0];
  /** What polkit says; absent: it lets everyone in. */
  polkitRefusal: string | undefined;
  /** Whether a call is left without an answer, until {@link answerOwed}. */
  swallows: (procedure: number, args: Uint8Array) => boolean = () => false;
  /** Numbers of the procedures that were called, in order. */
  readonly called: number[] = [];
  /** Keep-alive messages that came: procedures. */
  readonly keepAlives: number[] = [];
  readonly #server: net.Server;
  readonly #peers = new Set<Peer>();
  readonly #handlers: ReadonlyMap<number, Handler>;

  private constructor(path: string) {
    this.path = path;
    this.#server = net.createServer((socket) => this.#serve(socket));
    this.#handlers = this.#makeHandlers();
  }

  static async start(path: string): Promise<FakeLibvirtd> {
    const fake = new FakeLibvirtd(path);
    fake.#server.listen(path);
    await once(fake.#server, "listening");
    return fake;
  }

  async close(): Promise<void> {
    this.dropClients();
    this.#server.close();
    await once(this.#server, "close");
  }

  dropClients(): void {
    for (const { socket } of this.#peers) socket.destroy();
  }

  get clients(): number {
    return this.#peers.size;
  }

  /** Calls without an answer, of all clients. */
  get owed(): number {
    return [...this.#peers].reduce((sum, { owed }) => sum + owed.length, 0);
  }

  /** Answers what was left without an answer, and leaves nothing so from now on. */
  answerOwed(): void {
    this.swallows = () => false;
    for (const peer of this.#peers) {
      for (const frame of peer.owed.splice(0)) this.#answer(peer.socket, frame);
      this.#work(peer);
    }
  }

  addDomain(name: string, number: number, liveXml: string, inactiveXml: string): FakeDomain {
    const uuid = Uint8Array.from(Buffer.from(describeDomain(liveXml).uuid.replaceAll("-", ""), "hex"));
    const maximumKib = describeDomain(liveXml).memoryBytes / KIB;
    const domain: FakeDomain = {
      ...{
        ref: { name: wire.bytesOf(name), uuid, id: number },
        liveXml,
        inactiveXml,
        persistent: true,
        active: true,
      },
      ...{ currentKib: maximumKib, maximumKib, periodSeconds: 0, state: [1, 1], targets: [] },
      stats: { "balloon.last-update": 0, "balloon.rss": 40_000 },
    };
    this.domains.push(domain);
    return domain;
  }

  /** Sends an event to all clients. */
  tell<Message>(procedure: number, type: { encode(message: Message): Uint8Array }, message: Message): void {
    this.tellBytes(procedure, type.encode(message));
  }

  tellBytes(procedure: number, payload: Uint8Array, program = REMOTE): void {
    const header = { program, version: 1, procedure, type: 2, serial: 0, status: 0 };
    this.writeAll(encodeFrame(header, payload));
  }

  ping(): void {
    this.tellBytes(1, new Uint8Array(), KEEPALIVE);
  }

  /** Writes whatever bytes to all clients. */
  writeAll(bytes: Uint8Array): void {
    for (const { socket } of this.#peers) socket.write(bytes);
  }

  setState(domain: FakeDomain, state: readonly [number, number], event: number): void {
    domain.state = state;
    this.tell(318, wire.lifecycleEvent, { callbackId: 0, domain: domain.ref, event, detail: 0 });
  }

  reset({ ref }: FakeDomain): void {
    this.tell(319, wire.rebootEvent, { callbackId: 0, domain: ref });
  }

  /** Its QEMU ends, and its memory is kept. */
  save(domain: FakeDomain): void {
    this.setState(domain, [3, 11], 3);
    domain.active = false;
    this.setState(domain, [5, 1], 5);
  }

  /** With another QEMU, as it was saved. */
  restore(domain: FakeDomain): void {
    domain.active = true;
    domain.ref = { ...domain.ref, id: domain.ref.id + 1 };
    this.setState(domain, [3, 5], 2);
    this.setState(domain, [1, 3], 4);
  }

  /** A DIMM comes. */
  plug(domain: FakeDomain, kib: number): void {
    domain.maximumKib += kib;
    domain.currentKib += kib;
    const alias = wire.bytesOf("memdimm0");
    this.tell(354, wire.deviceEvent, { callbackId: 0, domain: domain.ref, alias });
  }

  #serve(socket: net.Socket): void {
    const reader = new FrameReader();
    const peer: Peer = { socket, waiting: [], owed: [] };
    this.#peers.add(peer);
    socket.on("data", (chunk) => {
      peer.waiting.push(...reader.push(chunk));
      this.#work(peer);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#peers.delete(peer));
  }

  #work(peer: Peer): void {
    while (peer.owed.length < MOST_OUTSTANDING) {
      const frame = peer.waiting.shift();
      if (frame === undefined) return;
      const { header, payload = new Uint8Array() } = frame;
      if (header.program === KEEPALIVE) this.keepAlives.push(header.procedure);
      else {
        this.called.push(header.procedure);
        if (this.swallows(header.procedure, payload)) peer.owed.push(frame);
        else this.#answer(peer.socket, frame);
      }
    }
  }

  #answer(socket: net.Socket, { header, payload = new Uint8Array() }: Frame): void {
    const reply = { ...header, type: 1 };
    try {
      const handler = this.#handlers.get(header.procedure);
      if (handler === undefined) throw new FakeRefusal(3, "no such procedure");
      socket.write(encodeFrame(reply, handler(payload)));
    } catch (error) {
      if (!(error instanceof FakeRefusal)) throw error;
      socket.write(encodeFrame({ ...reply, status: 1 }, refusalBytes(error)));
    }
  }

  #makeHandlers(): ReadonlyMap<number, Handler> {
    const handlers = new Map<number, Handler>();
    function on<Args, Reply>(
      { number, args, reply }: procedures.Procedure<Args, Reply>,
      answer: (args: Args) => Reply,
    ): void {
      handlers.set(number, (payload) => reply.encode(answer(args.decode(payload))));
    }
    on(procedures.AUTH_LIST, () => ({ types: this.authTypes }));
    on(procedures.AUTH_POLKIT, () => {
      if (this.polkitRefusal !== undefined) throw new FakeRefusal(ERRORS.auth, this.polkitRefusal);
      return { complete: 1 };
    });
    on(procedures.CONNECT_SUPPORTS_FEATURE, () => ({ supported: 1 }));
    on(procedures.CONNECT_OPEN, ({ name }) => {
      if (!wire.textOf(name).startsWith("qemu:///"))
        throw new FakeRefusal(ERRORS.noConnect, "no connection driver");
      return {};
    });
    on(procedures.CONNECT_CLOSE, () => ({}));
    on(procedures.CONNECT_GET_LIB_VERSION, () => ({ version: 9_000_000n }));
    on(procedures.REGISTER_EVENT, () => ({ callbackId: 0 }));
    on(procedures.CONNECT_LIST_DOMAINS, ({ flags }) => {
      const domains = this.domains.filter(
        ({ persistent, active }) => (persistent || (flags & 4) === 0) && (active || (flags & 1) === 0),
      );
      return { domains: domains.map(({ ref }) => ref), count: domains.length };
    });
    on(procedures.DOMAIN_LOOKUP_BY_NAME, ({ name }) => {
      const found = this.domains.find(({ ref }) => wire.textOf(ref.name) === wire.textOf(name));
      return { domain: this.#find(found?.ref).ref };
    });
    on(procedures.DOMAIN_GET_XML, ({ domain, flags }) => ({
      xml: wire.bytesOf(xmlOf(this.#find(domain), (flags & 2) !== 0)),
    }));
    on(procedures.DOMAIN_SET_MEMORY, ({ domain, memory }) => {
      const found = this.#find(domain);
      if (memory > BigInt(found.maximumKib)) throw new FakeRefusal(ERRORS.invalid, "higher than max memory");
      found.targets.push(Number(memory));
      return {};
    });
    on(procedures.DOMAIN_SET_STATS_PERIOD, ({ domain, period }) => {
      this.#find(domain).periodSeconds = period;
      return {};
    });
    on(procedures.CONNECT_GET_STATS, ({ domains }) => ({
      records: domains.map((ref) => this.#recordOf(ref)),
    }));
    on(procedures.DOMAIN_MEMORY_STATS, ({ domain }) => {
      const { actualKib, currentKib } = this.#find(domain);
      return { stats: [{ tag: 6, value: BigInt(actualKib ?? currentKib) }] };
    });
    on(procedures.DOMAIN_GET_JOB_STATS, ({ domain }) => {
      const { job } = this.#find(domain);
      if (job === undefined) return { type: 0, typedParameters: [] };
      if (job === MIGRATION_IN)
        throw new FakeRefusal(ERRORS.unsupported, "only available on the source host");
      const operation = { field: wire.bytesOf("operation"), value: { type: 1 as const, value: job } };
      return { type: 2, typedParameters: [operation] };
    });
    return handlers;
  }

  #find(ref: wire.DomainRef | undefined): FakeDomain {
    const found = this.domains.find(
      ({ ref: { uuid } }) => ref && wire.uuidText(uuid) === wire.uuidText(ref.uuid),
    );
    if (found === undefined) throw new FakeRefusal(ERRORS.noDomain, "Domain not found");
    return found;
  }

  #recordOf(ref: wire.DomainRef) {
    const { currentKib, maximumKib, state, stats } = this.#find(ref);
    const [number, reason] = state;
    const counts = { "balloon.current": currentKib, "balloon.maximum": maximumKib, ...stats };
    const typedParameters = [
      ...Object.entries({ "state.state": number, "state.reason": reason }).map(([field, value]) => ({
        field: wire.bytesOf(field),
        value: { type: 1 as const, value },
      })),
      ...Object.entries(counts).map(([field, value]) => ({
        field: wire.bytesOf(field),
        value: { type: 4 as const, value: BigInt(value) },
      })),
    ];
    return { domain: ref, typedParameters };
  }
}

function xmlOf({ liveXml, inactiveXml, currentKib, periodSeconds }: FakeDomain, inactive: boolean): string {
  if (inactive) return inactiveXml;
  const sized = liveXml.replace(
    /<currentMemory.*?<\/currentMemory>/,
    `<currentMemory>${currentKib}</currentMemory>`,
  );
  if (periodSeconds === 0) return sized;
  const stats = `<memballoon model='virtio'><stats period='${periodSeconds}'/></memballoon>`;
  return sized.replace("<memballoon model='virtio'/>", stats);
}

function refusalBytes({ code, message }: FakeRefusal): Uint8Array {
  const nothing = { str1: null, str2: null, str3: null, int1: 0, int2: 0, net: null, dom: null };
  return wire.errorReply.encode({ code, domain: 10, message: wire.bytesOf(message), level: 2, ...nothing });
}
