/** The dashboard: what the broker knows, as its stream tells it. */
import { render } from "preact";
import { Client } from "./client.ts";
import { App } from "./view/app.tsx";

const root = document.getElementById("page");
if (root !== null) render(<App client={new Client(location.href)} />, root);
