// The page's own sentences, in the reader's language, from the template with data-med-words.

export function readWords(root) {
  const words = new Map();
  for (const element of root.content.querySelectorAll("[data-med-word]")) {
    words.set(element.dataset.medWord, element.textContent.trim());
  }
  return (name, values = {}) => fill(words.get(name) ?? "", values);
}

export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
}
