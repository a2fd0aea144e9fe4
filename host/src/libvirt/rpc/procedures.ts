/** The procedures that are called: number and structures of each (`enum remote_procedure` in libvirt's `src/remote/remote_protocol.x`). */
import type { XdrType } from "@stellar/js-xdr";
import * as wire from "./wire.ts";

/** One procedure of the program `remote`. */
export interface Procedure<Args, Reply> {
  readonly name: string;
  readonly number: number;
  readonly args: XdrType<Args>;
  readonly reply: XdrType<Reply>;
}

export interface CallOptions {
  /** UUID of the domain that the call is about; absent: the host. */
  readonly key?: string;
  readonly deadlineMs?: number;
  /** Goes before all that waits. */
  readonly urgent?: boolean;
}

/** What can call libvirt's procedures. */
export interface Caller {
  /** Rejects with a `LibvirtError`. */
  call<Args, Reply>(procedure: Procedure<Args, Reply>, args: Args, options?: CallOptions): Promise<Reply>;
}

function procedure<Args, Reply>(
  name: string,
  number: number,
  args: XdrType<Args>,
  reply: XdrType<Reply>,
): Procedure<Args, Reply> {
  return { name, number, args, reply };
}

export const CONNECT_OPEN = procedure("open", 1, wire.openArgs, wire.nothing);
export const CONNECT_CLOSE = procedure("close", 2, wire.nothing, wire.nothing);
export const DOMAIN_GET_XML = procedure("get XML", 14, wire.xmlArgs, wire.xmlReply);
export const DOMAIN_LOOKUP_BY_NAME = procedure("look up by name", 23, wire.lookupArgs, wire.domainReply);
export const CONNECT_SUPPORTS_FEATURE = procedure(
  "supports feature",
  60,
  wire.featureArgs,
  wire.featureReply,
);
export const AUTH_LIST = procedure("list authentication", 66, wire.nothing, wire.authListReply);
export const AUTH_POLKIT = procedure("authenticate by polkit", 70, wire.nothing, wire.authPolkitReply);
export const CONNECT_GET_LIB_VERSION = procedure("get version", 157, wire.nothing, wire.versionReply);
export const DOMAIN_MEMORY_STATS = procedure(
  "get memory statistics",
  159,
  wire.memoryStatsArgs,
  wire.memoryStatsReply,
);
export const DOMAIN_SET_MEMORY = procedure("set memory", 204, wire.setMemoryArgs, wire.nothing);
export const CONNECT_LIST_DOMAINS = procedure("list domains", 273, wire.listArgs, wire.listReply);
export const DOMAIN_GET_JOB_STATS = procedure("get job", 298, wire.domainFlagsArgs, wire.jobReply);
export const DOMAIN_SET_STATS_PERIOD = procedure(
  "set statistics period",
  308,
  wire.setPeriodArgs,
  wire.nothing,
);
export const REGISTER_EVENT = procedure("register event", 316, wire.registerArgs, wire.registerReply);
export const CONNECT_GET_STATS = procedure("get statistics", 344, wire.statsArgs, wire.statsReply);
export const DOMAIN_DEFINE_XML = procedure("define XML", 350, wire.defineArgs, wire.domainReply);
