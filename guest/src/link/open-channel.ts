/** Opens the channels that the command line names. The port is preferred; WebSocket is used while the port has no broker. */
import type { RunCommand } from "../cli.ts";
import type { Log } from "../log.ts";
import type { Platform } from "../platform/platform.ts";
import type { Channel } from "./channel.ts";
import { FramedChannel } from "./framed-channel.ts";
import { openLink } from "./open-link.ts";

/** `onArrival` is called when something came that the channel's next `poll` hands over; a port is watched by the platform instead. */
export async function openChannel(
  command: RunCommand,
  platform: Platform,
  log: Log,
  onArrival: () => void,
): Promise<Channel> {
  const { channel, websocket } = command;
  const openPort = async () => new FramedChannel(await openLink(command, platform, onArrival), log);
  if (websocket === undefined) return openPort();
  const { WebSocketChannel } = await import("./websocket-channel.ts");
  const remote = new WebSocketChannel({
    // Loaded when it is first used: a guest with a working port need not spend the memory of TLS and HTTP.
    dial: async (events, cancelled) =>
      (await import("./websocket-dial.ts")).dialWebSocket(websocket, events, cancelled, platform.findReaders),
    random: Math.random,
    onArrival,
  });
  if (channel === "none") return remote;
  const { FallbackChannel } = await import("./fallback-channel.ts");
  return new FallbackChannel(await openPort(), remote, log);
}
