// CSV as RFC 4180 has it, and the columns of decisions.

const COLUMNS = ["item", "sha256", "decision", "value", "reason", "reviewer", "time"];

/** The rows of a CSV text, each a list of cells; throws where a quote is left open. */
function parseCsv(text) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  let was = false;
  const endCell = () => { row.push(cell); cell = ""; was = false; };
  const endRow = () => { endCell(); if (row.length > 1 || row[0] !== "") rows.push(row); row = []; };
  const source = text.replace(/^\uFEFF/, "");
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (source[at + 1] === '"') { cell += '"'; at += 1; }
      else quoted = false;
    } else if (sign === '"' && cell === "" && !was) { quoted = true; was = true; }
    else if (sign === ",") endCell();
    else if (sign === "\n") endRow();
    else if (sign !== "\r") cell += sign;
  }
  if (quoted) throw new Error("a quotation mark is never closed");
  if (cell !== "" || row.length) endRow();
  return rows;
}

const csvCell = (text) => (/[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text);

/** Decisions as the text of their file. */
function formatDecisions(rows) {
  const lines = [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column]))];
  return lines.map((cells) => cells.map(csvCell).join(",")).join("\n") + "\n";
}

/** The decisions of a file, and what is wrong with the others; `words` are those that its domain allows. */
function readDecisions(text, words) {
  const problems = [];
  const rows = [];
  let lines;
  try {
    lines = parseCsv(text);
  } catch (error) {
    return { rows, problems: [error.message] };
  }
  const header = (lines.shift() ?? []).map((cell) => cell.trim());
  if (header.join() !== COLUMNS.join()) return { rows, problems: [`expected the header ${COLUMNS.join(",")}`] };
  lines.forEach((cells, index) => {
    const row = Object.fromEntries(COLUMNS.map((column, at) => [column, (cells[at] ?? "").trim()]));
    const wrong = wrongRow(row, cells.length, words);
    if (wrong) problems.push(`row ${index + 1}, ${row.item.slice(0, 80)}: ${wrong}`);
    else rows.push(row);
  });
  return { rows, problems };
}

function wrongRow(row, cells, words) {
  if (cells !== COLUMNS.length) return `${cells} cells, expected ${COLUMNS.length}`;
  if (!row.item) return "no item";
  if (!/^[0-9a-f]{64}$/.test(row.sha256)) return "its sha256 is none";
  if (!words.includes(row.decision)) return `${row.decision || "nothing"} is no decision here: ${words.join(", ")}`;
  if (!row.reviewer) return "no reviewer";
  if (Number.isNaN(Date.parse(row.time))) return "its time is none";
  return null;
}
