// Starts the room's page: chat, presence, calls.
import { Bringing } from "./bringing.js";
import { CallView } from "./call-view.js";
import { Chat } from "./chat.js";
import { Connection } from "./connection.js";
import { Corrections } from "./corrections.js";
import { Keeper } from "./keeping.js";
import { Log } from "./log.js";
import { showMatters } from "./news.js";
import { Readers } from "./readers.js";
import { Review } from "./review.js";
import { fitHeight, showConnection, showNews, showPresence } from "./surroundings.js";
import { Unread } from "./unread.js";
import { readWords } from "./words.js";

const root = document.querySelector("[data-med-room]");
const config = JSON.parse(document.getElementById("room-config").textContent);
const words = readWords(document.querySelector("[data-med-words]"));
// The case is there for a proxy with several servers behind it: people of one belong to the same.
const address = `${location.origin.replace(/^http/, "ws")}/ws/?case=${config.case}`;

fitHeight(root);

let chat;
const connection = new Connection(address, () => ({
  case: config.case,
  heads: { [config.room]: chat.stream.head },
}));
const log = new Log(root, { words, ...config });
const keeper = await Keeper.open(config.room, config.storageKey);
chat = new Chat(root, connection, log, { words, keeper, ...config });
await chat.restore();
new Review(root, connection, chat, log, { words, ...config });
new Corrections(root, connection, { words, ...config });
showConnection(root, connection, config.room, words);
showPresence(root, connection, words);
showNews(root, connection, { words, ...config });
showMatters(root, connection, { words, ...config });
const readers = new Readers(root, connection, { words, ...config });
const unread = new Unread(root, log, { words, seen: () => readers.seen(chat.stream.head) });
unread.start(); // the room has its height only now
if (config.canBring) {
  new Bringing(root, { words });
}
new CallView(root, connection, { words, ...config });
connection.open();
