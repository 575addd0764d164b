package bunkit

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/megilance/lance"
)

// migration is one step of a part's schema.
type migration struct {
	part     string
	id       int
	name     string
	up, down string // as written, for both databases
}

var fileName = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.(up|down)\.sql$`)

// migrations reads a part's files in order.
func (p Part) migrations() ([]migration, error) {
	if p.Migrations == nil {
		return nil, nil
	}
	files, err := fs.ReadDir(p.Migrations, ".")
	if err != nil {
		return nil, errMigrations(p).Cause(err)
	}
	var ms []migration
	for _, f := range files { // by name, so the two files of a number are neighbours
		name := fileName.FindStringSubmatch(f.Name())
		if name == nil {
			continue
		}
		text, err := fs.ReadFile(p.Migrations, f.Name())
		if err != nil {
			return nil, errMigrations(p).Cause(err)
		}
		id, _ := strconv.Atoi(name[1])
		if len(ms) == 0 || ms[len(ms)-1].id != id {
			ms = append(ms, migration{part: p.Name, id: id, name: name[2]})
		}
		if m := &ms[len(ms)-1]; name[3] == "up" {
			m.up = string(text)
		} else {
			m.down = string(text)
		}
	}
	for i, m := range ms {
		if m.id != i+1 || m.up == "" {
			return nil, errMigrations(p)
		}
	}
	return ms, nil
}

func errMigrations(p Part) *lance.Error {
	return lance.E(lance.Internal, "migration_files", "the migrations of "+p.Name+" are not numbered 0001, 0002, … with an .up.sql each")
}

var (
	tableToken = regexp.MustCompile(`\{(lance_[a-z0-9_]+)\}`)
	textType   = regexp.MustCompile(`\bTEXT\b`)
	typeTokens = map[bool]*strings.Replacer{
		true: strings.NewReplacer("{bytes}", "BYTEA", "{time}", "TIMESTAMPTZ", "{json}", "TEXT", "{text}", "TEXT",
			"{bool}", "BOOLEAN", "{identity}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "{number}", "BIGINT",
			" {clustered}", "", "{first}", "NULLS FIRST"),
		false: strings.NewReplacer("{bytes}", "BLOB", "{time}", "TIMESTAMP", "{json}", "TEXT", "{text}", "TEXT",
			"{bool}", "BOOLEAN", "{identity}", "INTEGER PRIMARY KEY AUTOINCREMENT", "{number}", "INTEGER",
			"{clustered}", "WITHOUT ROWID", " {first}", ""),
	}
)

// render makes a text for both databases one for a single one. On PostgreSQL
// tables are qualified with the schema. On SQLite they are not, because DDL
// there names other tables without: the connection that migrates is our own.
func render(text string, pg bool, schema string) string {
	text = typeTokens[pg].Replace(section(text, pg))
	if !pg {
		return tableToken.ReplaceAllString(text, "$1")
	}
	text = textType.ReplaceAllString(text, `TEXT COLLATE "C"`)
	return tableToken.ReplaceAllString(text, schema+".$1")
}

// section keeps the lines that are for the database.
func section(text string, pg bool) string {
	var b strings.Builder
	here := true
	for line := range strings.Lines(text) {
		switch strings.TrimSpace(line) {
		case "-- +sqlite":
			here = !pg
		case "-- +postgres":
			here = pg
		case "-- +all":
			here = true
		default:
			if here {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// checksum tells whether a migration is still the one that was applied. It
// covers what one database runs, whatever the schema's name.
func (m migration) checksum(pg bool) string {
	sum := sha256.Sum256([]byte(render(m.up, pg, "lance")))
	return hex.EncodeToString(sum[:])
}

const migrationsTable = `CREATE TABLE IF NOT EXISTS {lance_migrations} (
  part       TEXT   NOT NULL,
  id         BIGINT NOT NULL,
  checksum   TEXT   NOT NULL,
  applied_at {time} NOT NULL,
  PRIMARY KEY (part, id)
);
`

// SQL returns the statements that bring an empty database to the schema of the
// parts and the base tables, and that record it, for a host whose own tool
// migrates: pg chooses the database, schema is PostgreSQL's (SQLite takes no
// notice of it). It fails with Internal "migration_files" when a part's files
// are not in order.
func SQL(pg bool, schema string, parts ...Part) (string, error) {
	if pg && !isName(schema) {
		return "", lance.Op("bunkit.SQL", lance.E(lance.Invalid, "schema_syntax", "a schema is named by lower-case letters, digits and underscores"))
	}
	var b strings.Builder
	b.WriteString(render(migrationsTable, pg, schema))
	for _, p := range append([]Part{mustBasePart()}, parts...) {
		ms, err := p.migrations()
		if err != nil {
			return "", lance.Op("bunkit.SQL", err)
		}
		for _, m := range ms {
			b.WriteString("\n-- " + m.part + " " + strconv.Itoa(m.id) + " " + m.name + "\n")
			b.WriteString(strings.TrimSpace(render(m.up, pg, schema)) + "\n")
			b.WriteString(render("INSERT INTO {lance_migrations} (part, id, checksum, applied_at) VALUES ('"+m.part+"', "+
				strconv.Itoa(m.id)+", '"+m.checksum(pg)+"', CURRENT_TIMESTAMP);\n", pg, schema))
		}
	}
	return b.String(), nil
}
