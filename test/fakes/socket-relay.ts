/** QEMU's part between an agent in a guest and the broker: both connect, and what one says the other hears. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** What each side said. */
export interface Overheard {
  readonly guest: Uint8Array[];
  readonly host: Uint8Array[];
}

/** Joins the clients of two unix sockets; ends with the test. Gives what they say, as it comes. */
export async function relay(guestPath: string, hostPath: string): Promise<Overheard> {
  const said: Overheard = { guest: [], host: [] };
  const ends: { guest?: Socket; host?: Socket } = {};
  const join = () => {
    const { guest, host } = ends;
    if (guest === undefined || host === undefined) return;
    guest.pipe(host).pipe(guest);
    guest.on("data", (chunk) => said.guest.push(chunk));
    host.on("data", (chunk) => said.host.push(chunk));
  };
  const listen = async (path: string, side: "guest" | "host") => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      ends[side] = socket;
      join();
    });
    server.listen(path);
    await once(server, "listening");
    onTestFinished(() => {
      server.close();
      ends[side]?.destroy();
    });
  };
  await Promise.all([listen(guestPath, "guest"), listen(hostPath, "host")]);
  return said;
}
