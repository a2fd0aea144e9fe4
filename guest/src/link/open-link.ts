/** Opens the byte stream that the command line names. */
import type { RunCommand } from "../cli.ts";
import type { Platform } from "../platform/platform.ts";
import { UNIX_PREFIX } from "./channel.ts";
import type { ByteStream } from "./link.ts";

/**
 * What a channel needs beyond the port is loaded here, because a guest with a port need not spend memory on it. `onArrival` is called
 * when something came that the link's next `poll` hands over; a port is watched by the platform instead.
 */
export async function openLink(
  { channel, roots }: RunCommand,
  platform: Platform,
  onArrival: () => void,
): Promise<ByteStream> {
  if (channel?.startsWith(UNIX_PREFIX)) {
    // Sockets take 0.7 MiB.
    const { UnixSocketLink } = await import("./unix-socket.ts");
    return new UnixSocketLink(channel.slice(UNIX_PREFIX.length), onArrival);
  }
  return platform.openPort(channel, roots);
}
