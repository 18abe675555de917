// What is around the chat: the banner about the connection, who is here, news in other rooms.

export function showConnection(root, connection, room, words) {
  const banner = root.querySelector("[data-med-connection]");
  let wasLost = false;
  const say = (word) => {
    banner.hidden = word === null;
    banner.textContent = word === null ? "" : words(word);
  };
  connection.addEventListener("state", ({ detail }) => {
    if (detail.state === "live") {
      say(wasLost ? "connected" : null);
      if (wasLost) {
        setTimeout(() => connection.isLive && say(null), 4_000);
      }
      wasLost = false;
    } else {
      wasLost = true;
      say(detail.ending ?? "reconnecting");
    }
  });
  connection.addEventListener("reset", () => say("reload"));
  connection.addEventListener("live", ({ detail }) => findTab(root, detail.room) ?? say("room_opened"));
  connection.addEventListener("room.left", ({ detail }) => {
    if (detail.room === room) {
      say("room_left");
      root.querySelector("[data-med-composer]").hidden = true;
    }
    findTab(root, detail.room)?.closest("li").remove();
  });
}

export function showPresence(root, connection, words) {
  connection.addEventListener("presence", ({ detail }) => {
    for (const person of root.querySelectorAll("[data-med-person]")) {
      const isHere = detail.present.includes(person.dataset.medPerson);
      const mark = person.querySelector("[data-med-presence]");
      mark.hidden = false;
      mark.classList.toggle("heyi-presence--here", isHere);
      mark.textContent = words(isHere ? "here" : "away");
    }
  });
}

export function showNews(root, connection, { room, me, words }) {
  connection.addEventListener("message.posted", ({ detail }) => {
    const tab = findTab(root, detail.room);
    if (detail.room !== room && detail.participant !== me && tab !== null) {
      const mark = tab.querySelector("[data-med-new]");
      const count = Number(mark.dataset.medNew) + 1;
      mark.dataset.medNew = count;
      mark.textContent = words("new_some", { count });
      mark.hidden = false;
      announce(root, words("new_in", { room: tab.querySelector("[data-med-tab-name]").textContent }));
    }
  });
}

/** For screen readers: said when nothing else is being said. */
export function announce(root, text) {
  root.querySelector("[data-med-announce]").textContent = text;
}

function findTab(root, room) {
  return root.querySelector(`[data-med-tab="${CSS.escape(room)}"]`);
}

/** The room is as high as what an on-screen keyboard leaves, and fills a small screen at once. */
export function fitHeight(root) {
  if (matchMedia("(max-width: 55.99rem)").matches && scrollY === 0) {
    root.scrollIntoView({ block: "start" });
  }
  const fit = () => {
    const isCovered = visualViewport.height < innerHeight - 100;
    root.style.setProperty("--room-height", isCovered ? `${visualViewport.height}px` : "100dvh");
    if (isCovered) {
      root.scrollIntoView({ block: "start" });
    }
  };
  globalThis.visualViewport?.addEventListener("resize", fit);
}
