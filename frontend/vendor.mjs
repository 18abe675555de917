// Fills ../static/vendor with the third-party files a browser or the PDF writer needs, and says in
// VENDOR.json where each came from. The output depends on the lock file and, for the checker of
// documents, on static/js/verification/checker alone: two runs are equal.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGES = join(HERE, "node_modules");
const OUT = join(HERE, "..", "static", "vendor");
const FONTS = "@expo-google-fonts/noto-sans";

// GOV.UK Frontend's package carries no licence file; this is the licence of its repository.
const GOVUK_LICENCE = `The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

// What the checker of documents is made of; all of it is parsing of certificates and signatures.
const PKI_PACKAGES = ["pkijs", "asn1js", "bytestreamjs", "@peculiar/utils", "@noble/hashes"];
const PKI_NAMES = `
  export { Certificate, CertificateRevocationList, ContentInfo, SignedData, TSTInfo } from "pkijs";
  export { fromBER } from "asn1js";
`;
const CHECKER = join(HERE, "..", "static", "js", "verification", "checker", "page.js");

const GOVUK_SCRIPT = "govuk-frontend/dist/govuk/govuk-frontend.min.js";
const SIGNATURE_PAD = "signature_pad/dist/signature_pad.min.js";
const COPIES = [
  ["lucide-static", "LICENSE", "lucide/LICENSE"],
  ["signature_pad", "LICENSE", "signature_pad/LICENSE"],
  [`${FONTS}-sc`, "LICENSE_FONT", "fonts/LICENSE"],
  [`${FONTS}-sc`, "400Regular/NotoSansSC_400Regular.ttf", "fonts/NotoSansSC-Regular.ttf"],
  [`${FONTS}-sc`, "700Bold/NotoSansSC_700Bold.ttf", "fonts/NotoSansSC-Bold.ttf"],
  [FONTS, "LICENSE_FONT", "fonts/LICENSE-NotoSans"],
  [FONTS, "400Regular/NotoSans_400Regular.ttf", "fonts/NotoSans-Regular.ttf"],
  [FONTS, "700Bold/NotoSans_700Bold.ttf", "fonts/NotoSans-Bold.ttf"],
  ["dejavu-fonts-ttf", "LICENSE", "fonts/LICENSE-DejaVuSans"],
  ["dejavu-fonts-ttf", "ttf/DejaVuSans.ttf", "fonts/DejaVuSans-Regular.ttf"],
  ["dejavu-fonts-ttf", "ttf/DejaVuSans-Bold.ttf", "fonts/DejaVuSans-Bold.ttf"],
];
const manifest = {};

async function main() {
  await rm(OUT, { recursive: true, force: true });
  for (const [name, source, target] of COPIES) {
    await put(name, target, await readFile(join(PACKAGES, name, source)));
  }
  await put("govuk-frontend", "govuk/LICENSE", GOVUK_LICENCE);
  await put("govuk-frontend", "govuk/govuk-frontend.js", await script(GOVUK_SCRIPT));
  await put("signature_pad", "signature_pad/signature_pad.js", await script(SIGNATURE_PAD));
  await put("govuk-frontend", "govuk/govuk.css", govukStyles());
  await put("lucide-static", "lucide/icons.svg", await iconSheet());
  await put("pkijs", "pkijs/LICENSE", await pkiLicences());
  await put("pkijs", "pkijs/pkijs.js", await pkiModule());
  await put("pkijs", "checker/checker.js", await checkerScript());
  await writeFile(join(OUT, "VENDOR.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function pkiLicences() {
  const texts = PKI_PACKAGES.map((name) => readFile(join(PACKAGES, name, "LICENSE"), "utf8"));
  return (await Promise.all(texts)).map((text, n) => `${PKI_PACKAGES[n]}\n\n${text}`).join("\n\n");
}

function pkiModule() {
  return bundled({ stdin: { contents: PKI_NAMES, resolveDir: HERE }, format: "esm" });
}

// One classic script, which a page opened from a disk can hold and run.
function checkerScript() {
  return bundled({ entryPoints: [CHECKER], format: "iife" });
}

async function bundled(options) {
  const common = { bundle: true, minify: true, write: false, target: "es2022", charset: "utf8" };
  const { outputFiles } = await esbuild.build({ ...common, legalComments: "inline", ...options });
  return outputFiles[0].text;
}

async function put(name, target, content) {
  const path = join(OUT, target);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  const { version, license } = JSON.parse(await readFile(join(PACKAGES, name, "package.json")));
  const sha256 = createHash("sha256").update(content).digest("hex");
  manifest[target] = { package: name, version, licence: license, sha256 };
}

// The source map is not shipped, and a link to a missing file stops collectstatic.
async function script(path) {
  return (await readFile(join(PACKAGES, path), "utf8")).replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
}

function govukStyles() {
  const options = { loadPaths: [PACKAGES], style: "compressed", quietDeps: true };
  return `${sass.compile(join(HERE, "govuk.scss"), options).css}\n`;
}

// One file of <symbol>s, so that a page names an icon and the browser fetches all of them once.
async function iconSheet() {
  const names = JSON.parse(await readFile(join(HERE, "icons.json")));
  const symbols = await Promise.all(names.map(iconSymbol));
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

async function iconSymbol(name) {
  const source = await readFile(join(PACKAGES, "lucide-static/icons", `${name}.svg`), "utf8");
  const shapes = source.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  const drawing = shapes.replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`;
}

await main();
