/** QEMU's part between an agent in a guest and the broker: both connect, and what one says the other hears. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** Joins the clients of two unix sockets; ends with the test. */
export async function relay(guestPath: string, hostPath: string): Promise<void> {
  const ends: { guest?: Socket; host?: Socket } = {};
  const join = () => {
    const { guest, host } = ends;
    if (guest && host) guest.pipe(host).pipe(guest);
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
}
