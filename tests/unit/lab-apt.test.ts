import { parseDeb822, parseOneLine, sourcesFor } from "../../lab/apt";

const deb822 = `Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main contrib

Types: deb
Enabled: no
URIs: http://mirror.example/off
Suites: bookworm
Components: main
`;

describe("the mirror is the machine's own", () => {
  test("deb822 and one-line entries come to the same", () => {
    const lines = parseOneLine(
      [
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg arch=amd64] http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian bookworm-updates main # updates",
        "deb-src http://mirror.example/debian bookworm main",
        "# deb http://mirror.example/off bookworm main",
        "deb http://mirror.example/security bookworm-security main contrib",
      ].join("\n"),
    );
    const expected = [
      "deb http://mirror.example/debian bookworm main",
      "deb http://mirror.example/debian bookworm-updates main",
      "deb http://mirror.example/security bookworm-security main",
    ];
    expect(sourcesFor("bookworm", { codename: "bookworm", sources: lines })).toEqual(expected);
    expect(sourcesFor("bookworm", { codename: "bookworm", sources: parseDeb822(deb822) })).toEqual(expected);
  });

  test("another release comes from the same mirror", () => {
    expect(sourcesFor("trixie", { codename: "bookworm", sources: parseDeb822(deb822) })).toEqual([
      "deb http://mirror.example/debian trixie main",
      "deb http://mirror.example/debian trixie-updates main",
      "deb http://mirror.example/security trixie-security main",
    ]);
  });

  test("third parties are left out, by their keyring, suite or component", () => {
    const sources = parseOneLine(
      [
        "deb [signed-by=/usr/share/keyrings/other.gpg] http://other.example/debian bookworm main",
        "deb http://other.example/pg bookworm-pgdg main",
        "deb http://other.example/docker bookworm stable",
      ].join("\n"),
    );
    expect(sourcesFor("bookworm", { codename: "bookworm", sources })).toEqual([]);
  });
});
