// Starts the room's page: chat, presence, calls.
import { CallView } from "./call-view.js";
import { Chat } from "./chat.js";
import { Connection } from "./connection.js";
import { Corrections } from "./corrections.js";
import { Log } from "./log.js";
import { Review } from "./review.js";
import { fitHeight, showConnection, showNews, showPresence } from "./surroundings.js";
import { readWords } from "./words.js";

const root = document.querySelector("[data-med-room]");
const config = JSON.parse(document.getElementById("room-config").textContent);
const words = readWords(document.querySelector("[data-med-words]"));
const address = `${location.origin.replace(/^http/, "ws")}/ws/`;

let chat;
const connection = new Connection(address, () => ({
  case: config.case,
  heads: { [config.room]: chat.stream.head },
}));
const log = new Log(root, { words, ...config });
chat = new Chat(root, connection, log, { words, ...config });
new Review(root, connection, chat, log, { words, ...config });
new Corrections(root, connection, { words, ...config });
showConnection(root, connection, config.room, words);
showPresence(root, connection, words);
showNews(root, connection, config.room);
fitHeight(root);
log.toEnd(); // the room has its height only now
new CallView(root, connection, { words, ...config });
connection.open();
