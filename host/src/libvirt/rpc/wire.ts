/**
 * What libvirt's RPC carries, as XDR (RFC 4506): the header and error of `src/rpc/virnetprotocol.x`, and of `src/remote/remote_protocol.x`
 * the few structures that are used here. Names follow those files. Numbers there never change: old clients talk to new daemons.
 */
import {
  unionCase as arm,
  array,
  double,
  field,
  type Infer,
  int32,
  int64,
  opaque,
  option,
  string,
  struct,
  uint32,
  uint64,
  union,
} from "@stellar/js-xdr";

/** A name of a domain, a device, a statistic: libvirt's own limit for file names is 255. */
const NAME_BYTES = 1024;
/** Texts of errors and namespaces. */
const TEXT_BYTES = 64 * 1024;
/** A domain's XML; the largest known, with hundreds of devices, have some 200 KiB. `REMOTE_STRING_MAX` is 4 MiB. */
export const XML_BYTES = 1024 * 1024;
/** `REMOTE_DOMAIN_LIST_MAX`. */
const MOST_DOMAINS = 16_384;
/** Statistics of one domain that are asked for here are about thirty. */
const MOST_PARAMETERS = 256;
/** `REMOTE_AUTH_TYPE_LIST_MAX`. */
const MOST_AUTH_TYPES = 20;
/** `VIR_UUID_BUFLEN`. */
const UUID_BYTES = 16;

const name = string(NAME_BYTES);
const text = option(string(TEXT_BYTES));
const xmlText = string(XML_BYTES);
const flags = uint32();

/** `virNetMessageHeader`. */
export const messageHeader = struct("virNetMessageHeader", {
  program: uint32(),
  version: uint32(),
  procedure: int32(),
  type: int32(),
  serial: uint32(),
  status: int32(),
});
export type MessageHeader = Infer<typeof messageHeader>;

/** `remote_nonnull_domain`: libvirtd finds a domain by its UUID. */
export const domainRef = struct("remote_nonnull_domain", {
  name,
  uuid: opaque(UUID_BYTES),
  /** -1 while it does not run. */
  id: int32(),
});
export type DomainRef = Infer<typeof domainRef>;

const networkRef = struct("remote_nonnull_network", { name, uuid: opaque(UUID_BYTES) });

/** `virNetMessageError`. */
export const errorReply = struct("virNetMessageError", {
  code: int32(),
  domain: int32(),
  message: text,
  level: int32(),
  dom: option(domainRef),
  str1: text,
  str2: text,
  str3: text,
  int1: int32(),
  int2: int32(),
  net: option(networkRef),
});

/** `virTypedParameterType` selects the value's kind. */
const typedValue = union("remote_typed_param_value", {
  switchOn: int32(),
  cases: [
    arm("int", 1, field("value", int32())),
    arm("uint", 2, field("value", uint32())),
    arm("llong", 3, field("value", int64())),
    arm("ullong", 4, field("value", uint64())),
    arm("double", 5, field("value", double())),
    arm("boolean", 6, field("value", int32())),
    arm("string", 7, field("value", string(TEXT_BYTES))),
  ],
});

const typedParameter = struct("remote_typed_param", { field: name, value: typedValue });
export type TypedParameter = Infer<typeof typedParameter>;
const typedParameters = array(typedParameter, MOST_PARAMETERS);

export const nothing = struct("void", {});
export const authListReply = struct("remote_auth_list_ret", { types: array(int32(), MOST_AUTH_TYPES) });
export const authPolkitReply = struct("remote_auth_polkit_ret", { complete: int32() });
export const featureArgs = struct("remote_connect_supports_feature_args", { feature: int32() });
export const featureReply = struct("remote_connect_supports_feature_ret", { supported: int32() });
export const openArgs = struct("remote_connect_open_args", { name: option(name), flags });
export const versionReply = struct("remote_connect_get_lib_version_ret", { version: uint64() });
export const listArgs = struct("remote_connect_list_all_domains_args", { needResults: int32(), flags });
export const listReply = struct("remote_connect_list_all_domains_ret", {
  domains: array(domainRef, MOST_DOMAINS),
  count: uint32(),
});
export const lookupArgs = struct("remote_domain_lookup_by_name_args", { name });
export const domainReply = struct("remote_domain_ret", { domain: domainRef });
export const xmlArgs = struct("remote_domain_get_xml_desc_args", { domain: domainRef, flags });
export const xmlReply = struct("remote_domain_get_xml_desc_ret", { xml: xmlText });
export const defineArgs = struct("remote_domain_define_xml_flags_args", { xml: xmlText, flags });
export const setMemoryArgs = struct("remote_domain_set_memory_flags_args", {
  domain: domainRef,
  /** KiB. */
  memory: uint64(),
  flags,
});
export const setPeriodArgs = struct("remote_domain_set_memory_stats_period_args", {
  domain: domainRef,
  /** Seconds. */
  period: int32(),
  flags,
});
export const statsArgs = struct("remote_connect_get_all_domain_stats_args", {
  domains: array(domainRef, MOST_DOMAINS),
  stats: uint32(),
  flags,
});
export const statsReply = struct("remote_connect_get_all_domain_stats_ret", {
  records: array(struct("remote_domain_stats_record", { domain: domainRef, typedParameters }), 1),
});
export const memoryStatsArgs = struct("remote_domain_memory_stats_args", {
  domain: domainRef,
  mostStats: uint32(),
  flags,
});
export const memoryStatsReply = struct("remote_domain_memory_stats_ret", {
  stats: array(struct("remote_domain_memory_stat", { tag: int32(), value: uint64() }), MOST_PARAMETERS),
});
export const domainFlagsArgs = struct("remote_domain_flags_args", { domain: domainRef, flags });
export const jobReply = struct("remote_domain_get_job_stats_ret", { type: int32(), typedParameters });
export const registerArgs = struct("remote_connect_domain_event_callback_register_any_args", {
  eventId: int32(),
  domain: option(domainRef),
});
export const registerReply = struct("remote_connect_domain_event_callback_register_any_ret", {
  callbackId: int32(),
});

const callbackId = int32();
export const lifecycleEvent = struct("remote_domain_event_callback_lifecycle_msg", {
  callbackId,
  domain: domainRef,
  event: int32(),
  detail: int32(),
});
export const rebootEvent = struct("remote_domain_event_callback_reboot_msg", {
  callbackId,
  domain: domainRef,
});
export const balloonEvent = struct("remote_domain_event_callback_balloon_change_msg", {
  callbackId,
  domain: domainRef,
  /** KiB. */
  actual: uint64(),
});
export const deviceEvent = struct("remote_domain_event_callback_device_msg", {
  callbackId,
  domain: domainRef,
  alias: name,
});
export const memoryDeviceEvent = struct("remote_domain_event_memory_device_size_change_msg", {
  callbackId,
  domain: domainRef,
  alias: name,
  /** KiB. */
  size: uint64(),
});
export const metadataEvent = struct("remote_domain_event_callback_metadata_change_msg", {
  callbackId,
  domain: domainRef,
  type: int32(),
  namespace: text,
});

const decoder = new TextDecoder();

/** Texts are UTF-8; what is not becomes U+FFFD. */
export function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? "" : decoder.decode(bytes);
}

export function bytesOf(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** A UUID as libvirt writes it. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
