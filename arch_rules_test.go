package lance_test

import "slices"

// arrows says which floors each floor may import.
var arrows = map[string][]string{
	".":           {},
	"escrow":      {"."},
	"auth":        {"."},
	"payments":    {".", "escrow"},
	"marketplace": {".", "escrow", "payments", "auth"},
	"storage":     {".", "escrow", "payments", "auth", "marketplace"},
	"refserver":   {".", "escrow", "payments", "auth", "marketplace", "storage"},
	"examples":    {".", "escrow", "payments", "auth", "marketplace", "storage", "refserver"},
}

// rooms says, for each room of a floor, which rooms of that floor it may
// import. A folder belongs to the room with its longest prefix.
var rooms = func() map[string][]string {
	table := map[string][]string{
		// Who signs in by a provider or a passkey is still a user of auth.
		"auth":         {},
		"auth/oidc":    {"auth"},
		"auth/passkey": {"auth"},
		// It implements what auth declares, and needs nothing of it.
		"auth/throttle": {"auth"},
		// An adapter knows the contract it implements and nothing of who calls it.
		"payments/provider":    {},
		"payments":             {"payments/provider"},
		"payments/guarantee":   {"payments/provider", "payments"},
		"payments/paymenttest": {"payments/provider"},
		"payments/sandbox":     {"payments/provider"},
		// Blob stores know nothing of rows, nor rows of them.
		"storage/dirblob": {},
		"storage/memblob": {},
		// The two adapters are independent readings of one contract.
		"storage/driver":                  {},
		"storage/storagetest":             {"storage/driver", "storage/memblob"},
		"storage/memstore":                {"storage/driver"},
		"storage/bunstore/bunkit":         {},
		"storage/bunstore/buntest":        {},
		"storage/bunstore/bunescrow":      {"storage/bunstore/bunkit"},
		"storage/bunstore/bunauth":        {"storage/bunstore/bunkit"},
		"storage/bunstore/bunpayments":    {"storage/bunstore/bunkit", "storage/bunstore/bunescrow"},
		"storage/bunstore/bunmarketplace": {"storage/bunstore/bunkit"},
		"storage/bunstore": {
			"storage/driver", "storage/bunstore/bunkit", "storage/bunstore/bunescrow",
			"storage/bunstore/bunauth", "storage/bunstore/bunpayments", "storage/bunstore/bunmarketplace",
		},
	}
	// In these, each room may import those named before it.
	for _, order := range [][]string{
		{"escrow/ledger", "escrow/policy", "escrow", "escrow/dispute"},
		{"refserver/problem", "refserver/config", "refserver/levers", "refserver/api", "refserver"},
		{"marketplace/taxonomy", "marketplace/profile", "marketplace/project", "marketplace/file/media", "marketplace/file", "marketplace/evidence", "marketplace/contract", "marketplace/review", "marketplace/audit", "marketplace/trust", "marketplace", "marketplace/sim"},
	} {
		for i, room := range order {
			table[room] = slices.Clone(order[:i])
		}
	}
	return table
}()

// networked are the packages that may speak HTTP.
var networked = []string{
	"refserver",                    // it is a server
	"auth/oidc",                    // it asks an identity provider
	"auth/passkey",                 // its library reads requests
	"marketplace/webhook/httpsend", // it delivers webhooks
	"examples/bench",               // it asks the server
}

// tableMakers are the functions, beside those named Must… or must…, that may
// panic: they run while package variables are made, where a wrong table is a
// programmer's mistake that no caller could handle.
var tableMakers = []string{". NewMachine", "escrow KeeperOf"}

// goroutines are the functions that may start one, with the reason.
var goroutines = map[string]string{}

// memos are the package variables that functions may write to, with the reason.
var memos = map[string]string{
	"storage/memstore/memkit copiers": "it remembers what follows from a type alone",
}

// folders are those of the plan; docs holds pages and what tests generate.
var folders = []string{"auth", "docs", "escrow", "examples", "marketplace", "payments", "refserver", "storage"}

// exampleless are the packages without an Example of their own, with the reason.
var exampleless = map[string]string{
	"examples/bench":          "its figures differ in every run",
	"storage/memstore/memkit": "the workshop of an adapter; nobody else calls it",
	"storage/bunstore/bunkit": "the workshop of an adapter; nobody else calls it",
}

// drivers are modules that reach a database.
var drivers = []string{"github.com/uptrace/bun", "modernc.org/sqlite", "github.com/jackc/pgx", "github.com/lib/pq", "github.com/mattn/go-sqlite3"}

// money are the folders through which amounts pass.
var money = []string{".", "escrow", "payments", "marketplace/project", "marketplace/contract"}

// rules returns the laws of the house, in the order of the plan.
func rules() []rule {
	return slices.Concat(importRules(), sourceRules(), shapeRules())
}

func importRules() []rule {
	nowhere := func(string) bool { return false }
	return []rule{
		{"arrows between floors point one way", "a floor that knows the one above it can be neither used nor understood alone", checkArrows},
		{"arrows inside a floor follow the declared order", "packages that call each other both ways are one package in disguise", checkRooms},
		{"bun only in storage/bunstore", "an embedder without SQL must not carry an ORM; an example may, for it plays the host", onlyIn(inDirs("storage/bunstore", "examples"), "github.com/uptrace/bun")},
		{"drivers only beside bun, in pgtest and in programs", "who imports a driver decides the database for everyone above", onlyIn(inDirs("storage/bunstore", "storage/storagetest/pgtest", "refserver", "examples"), drivers[1:]...)},
		{"net/http only at the edges", "a library that serves or calls HTTP by itself cannot be embedded quietly", onlyIn(inDirs(networked...), "net/http")},
		{"testing and its helpers only in tests and …test packages", "they register flags and weigh on every embedder", onlyIn(suite, "testing", "github.com/stretchr/testify", "pgregory.net/rapid", "github.com/anishathalye/porcupine")},
		{"crypto/rand only as the default Entropy", "a seed must reproduce every identifier", onlyInFiles(defaultsOfRoot, "crypto/rand")},
		{"math/rand nowhere", "what looks random must be either secret or reproducible, and it is neither", nowhereAtAll("math/rand")},
		{"unsafe and cgo nowhere", "a money library must build and be memory safe everywhere", onlyIn(nowhere, "unsafe", "C")},
		{"domains reach no driver, no net/http and no test helper, even through others", "what an embedder links is what he must trust", checkReach},
		{"escrow with bunescrow links nothing of auth, payments or marketplace", "escrow alone must stay a small thing to adopt", checkEscrowAlone},
	}
}

func sourceRules() []rule {
	return []rule{
		{"no floating point where money is", "0.1 + 0.2 is not 0.3", checkFloats},
		{"the time comes from a Clock", "tests, simulators and the time lever must move every clock there is", refers(clockless, "time", "Now", "Since", "Until")},
		{"the context comes from the caller", "a context made here ignores his deadline and his cancellation", refers(programs, "context", "Background", "TODO")},
		{"a library takes options, not the environment", "an embedder cannot see what he did not pass", refers(programs, "os", "Getenv", "LookupEnv", "Environ", "ExpandEnv")},
		{"a library returns errors and never ends the process", "the process is the host's", refers(programs, "os", "Exit")},
		{"a library does not log", "nobody logs and returns; the host decides what is told", refers(programs, "log", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Print", "Printf", "Println")},
		{"no panic outside the construction of tables", "a request must never take the host's process down", checkPanics},
		{"no goroutine that the caller did not ask for", "what we start unasked nobody can stop or trace", checkGoroutines},
		{"a golden test says so in its name", "make golden finds it by that", checkGolden},
		{"no mutable registry at package level", "two engines in one process must not share state, and order of initialisation must not matter", checkRegistries},
	}
}

func shapeRules() []rule {
	return []rule{
		{"no folder at the top beyond the plan", "a newcomer learns eight words, not a heap", checkFolders},
		{"every package explains itself in doc.go", "what the words mean, and what the package does not own, is read first", checkDocs},
		{"every package has an Example that runs", "an example that is not run is wrong by the next release", checkExamples},
		{"a function fits on a screen, a file in a head", "70 lines (100 in tests) and 500 are what one can hold at once", checkSizes},
	}
}
