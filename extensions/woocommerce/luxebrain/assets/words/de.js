// The words of the widget in German; what is missing here is said in English.
export default {
  add: "In den Warenkorb", added: "Im Warenkorb", soldOut: "Ausverkauft", choose: "Auswählen", now: "Jetzt", before: "vorher", from: "ab",
  isIn: (title) => `${title} liegt in Ihrem Warenkorb.`, gone: (title) => `${title} ist gerade ausverkauft worden.`,
  changed: (title, price) => `${title} kostet jetzt ${price}. Zum Kaufen noch einmal drücken.`,
  addAll: (count, price) => `Alle ${count} in den Warenkorb: ${price}`, areIn: (count) => `${count} Artikel liegen in Ihrem Warenkorb.`,
};
