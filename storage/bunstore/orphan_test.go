package bunstore_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/storagetest/pgtest"
	"github.com/megilance/lance/storage/storagetest/sqlitetest"
)

// TestNothingRefersToWhatIsNotThere lets people do things at random and then looks
// through every row of every table: each foreign key has its row, and so has
// whatever looks like one of our identifiers, wherever it stands, in a reference,
// a list, an event's body or the result of a key.
func TestNothingRefersToWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]struct {
		dsn  func(t *testing.T) string
		host hostOpener
		keys string // the query that makes, of each foreign key, a query for its orphans
	}{
		"sqlite": {func(t *testing.T) string {
			return "sqlite:" + sqlitetest.Copy(t, "all", func(path string) error { return migrate("sqlite:" + path) })
		}, hostSQLite, `SELECT 'SELECT count(*) FROM pragma_foreign_key_check'`},
		"postgres": {func(t *testing.T) string { return pgtest.Copy(t, "all", migrate) }, hostPostgreSQL, `
SELECT format('SELECT count(*) FROM %s c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s p WHERE %s)', conrelid::regclass,
  string_agg(format('c.%I IS NOT NULL', a.attname), ' AND '), confrelid::regclass, string_agg(format('p.%I = c.%I', b.attname, a.attname), ' AND '))
FROM pg_constraint, unnest(conkey, confkey) AS k(child, parent), pg_attribute a, pg_attribute b
WHERE contype = 'f' AND a.attrelid = conrelid AND a.attnum = child AND b.attrelid = confrelid AND b.attnum = parent
GROUP BY pg_constraint.oid, conrelid, confrelid`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := place.dsn(t)
			seed := uint64(chance(1 << 30))
			t.Logf("seed %d", seed)
			play(t, dsn, seed, 120)
			db := place.host(t, dsn).DB
			for _, query := range firstColumn(t, db, place.keys) {
				require.Equal(t, []string{"0"}, firstColumn(t, db, query), query)
			}
			require.Empty(t, orphans(t, db, name == "sqlite"))
			_, err := db.ExecContext(t.Context(), "DELETE FROM lance_agreements")
			require.NoError(t, err)
			require.Contains(t, orphans(t, db, name == "sqlite"), "lance_milestones.agreement", "it finds them")
		})
	}
}

// borrowed are the tables whose id is that of another's row.
var borrowed = []string{"lance_streams", "lance_log", "lance_unsealed", "lance_credentials", "lance_profiles", "lance_ratings", "lance_facts"}

var identifier = regexp.MustCompile(`\b[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}\b`)

// orphans returns where identifiers stand whose row is nowhere, and one of them
// for each place.
func orphans(t *testing.T, db *sql.DB, lite bool) map[string]string {
	t.Helper()
	tables := `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name LIKE 'lance%'`
	if lite {
		tables = `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'lance%'`
	}
	there, refers := map[string]bool{}, map[[2]string]bool{} // identifiers; with where they stand
	for _, table := range firstColumn(t, db, tables) {
		rows, err := db.QueryContext(t.Context(), `SELECT * FROM "`+table+`"`)
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(sql.RawBytes)
			}
			require.NoError(t, rows.Scan(cells...))
			for i, column := range columns {
				text := string(*cells[i].(*sql.RawBytes))
				if column == "id" && !slices.Contains(borrowed, table) {
					there[text] = true
				}
				for _, id := range identifier.FindAllString(text, -1) {
					refers[[2]string{id, table + "." + column}] = true
				}
			}
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close()) //nolint:sqlclosecheck // at the end of a turn of the loop, not of the function
	}
	require.Greater(t, len(refers), 100, "the people did next to nothing")
	lost := map[string]string{}
	for at := range refers {
		if !there[at[0]] {
			lost[at[1]] = at[0]
		}
	}
	return lost
}

// firstColumn returns the first column of what a query finds, as text.
func firstColumn(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var one string
		require.NoError(t, rows.Scan(&one))
		all = append(all, one)
	}
	require.NoError(t, rows.Err())
	return all
}

// ahead is a clock that stands some time ahead of a fixed one.
type ahead struct{ atomic.Int64 }

func (a *ahead) Now() time.Time {
	return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(a.Load()))
}

// deal is something of two people's.
type deal[K any] struct {
	id   K
	a, b lance.Actor
}

// player does things at random, each as who may do it as a rule.
type player struct {
	*testing.T
	engine    *marketplace.Engine
	clock     *ahead
	dice      lance.Entropy
	people    []lance.Actor
	skills    []taxonomy.SkillID
	projects  []deal[project.ID]
	proposals []deal[project.ProposalID]
	contracts []deal[contract.ID]
	work      []deal[contract.MilestoneID]
}

func play(t *testing.T, dsn string, seed uint64, turns int) {
	t.Helper()
	p := &player{T: t, clock: &ahead{}, dice: lance.SeededEntropy(seed)}
	var err error
	p.engine, err = marketplace.New(marketplace.Config{
		Store:    opened(t, bunstore.Options{DSN: dsn, Clock: p.clock}),
		Auth:     auth.Options{Hasher: auth.NewHasher(auth.Argon{MemoryKiB: 8, Passes: 1, Lanes: 1}, 0)},
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	require.NoError(t, err)
	p.begin()
	moves := p.moves()
	for turn := range turns {
		if err := pick(p, moves)(t.Context()); err != nil { // most are refused
			require.NotEqual(t, lance.Internal, lance.KindOf(err), "turn %d: %v", turn, err)
		}
	}
	_, err = p.engine.Worker().Drain(t.Context(), p.clock.Now(), 100)
	require.NoError(t, err)
}

func (p *player) below(n int) int {
	var b [8]byte
	p.dice.Fill(b[:])
	return int(binary.BigEndian.Uint64(b[:]) >> 1 % uint64(n))
}

// pick returns one of what there is; nothing of nothing.
func pick[T any](p *player, from []T) (one T) {
	if len(from) > 0 {
		one = from[p.below(len(from))]
	}
	return one
}

func (p *player) usd() lance.Money { return lance.NewMoney(int64(1+p.below(200))*100, lance.USD) }

func (p *player) begin() {
	ctx, system := p.Context(), lance.System("test")
	for i := range 5 {
		in := auth.CreateInput{
			Email: fmt.Sprintf("p%d@example.com", i), Name: "Somebody", View: auth.ViewClient, Password: "correct horse battery", Verified: true,
		}
		u, err := p.engine.Auth.Create(ctx, system, in)
		require.NoError(p, err)
		_, err = p.engine.Auth.Login(ctx, auth.LoginInput{Email: in.Email, Password: in.Password})
		require.NoError(p, err)
		s, err := p.engine.Taxonomy.CreateSkill(ctx, system, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: fmt.Sprint("Skill ", i)}})
		require.NoError(p, err)
		p.people, p.skills = append(p.people, lance.Person(u.ID)), append(p.skills, s.ID)
	}
	require.NoError(p, p.engine.Auth.Register(ctx, auth.RegisterInput{
		Email: "new@example.com", Password: "correct horse battery", Name: "New", View: auth.ViewClient,
	}))
}

func (p *player) moves() []func(ctx context.Context) error {
	e := p.engine
	return []func(ctx context.Context) error{
		p.introduce, p.post, p.propose, p.propose, p.accept, p.accept,
		func(ctx context.Context) error {
			_, err := e.Payments.TopUp(ctx, pick(p, p.people), payments.TopUpInput{
				Amount: p.usd(), Method: pick(p, []string{sandbox.MethodOK, sandbox.MethodPending, sandbox.MethodDeclined}), Key: fmt.Sprint(p.below(9)),
			})
			return err
		},
		func(ctx context.Context) error {
			_, err := e.Payments.Payout(ctx, pick(p, p.people), payments.PayoutInput{
				Amount: p.usd(), Destination: pick(p, []string{sandbox.DestinationOK, sandbox.DestinationRejected}),
			})
			return err
		},
		func(ctx context.Context) error {
			m := pick(p, p.work)
			_, err := e.Contracts.Fund(ctx, m.a, contract.FundInput{Milestone: m.id})
			return err
		},
		func(ctx context.Context) error {
			m := pick(p, p.work)
			_, err := e.Contracts.Submit(ctx, m.b, contract.SubmitInput{Milestone: m.id, Message: "Done."})
			return err
		},
		func(ctx context.Context) error {
			m := pick(p, p.work)
			_, err := e.Contracts.Approve(ctx, m.a, contract.ApproveInput{Milestone: m.id})
			return err
		},
		func(ctx context.Context) error {
			m := pick(p, p.work)
			_, err := e.Contracts.CancelMilestone(ctx, m.b, m.id)
			return err
		},
		func(ctx context.Context) error {
			c := pick(p, p.contracts)
			_, err := e.Reviews.Create(ctx, pick(p, []lance.Actor{c.a, c.b}), review.CreateInput{Contract: c.id, Rating: 4})
			return err
		},
		func(ctx context.Context) error {
			p.clock.Add(int64(time.Duration(p.below(100)) * time.Hour))
			_, err := e.Worker().Drain(ctx, p.clock.Now(), 100)
			return err
		},
	}
}

func (p *player) introduce(ctx context.Context) error {
	by := pick(p, p.people)
	_, err := p.engine.Profiles.Put(ctx, by, profile.PutInput{Terms: profile.Terms{
		View: profile.ViewFreelancer, DisplayName: "Somebody", Skills: []profile.SkillLevel{{Skill: pick(p, p.skills), Level: profile.Expert}},
	}})
	return err
}

func (p *player) post(ctx context.Context) error {
	by := pick(p, p.people)
	d, err := p.engine.Projects.Create(ctx, by, project.CreateInput{Terms: project.Terms{
		Title: "Work", Description: "To be done.", Skills: []taxonomy.SkillID{pick(p, p.skills)},
		Budget: project.Budget{Type: project.Fixed, Min: lance.NewMoney(100, lance.USD), Max: lance.NewMoney(40_000, lance.USD)},
	}})
	if err != nil {
		return err
	}
	p.projects = append(p.projects, deal[project.ID]{id: d.ID, a: by})
	_, err = p.engine.Projects.Publish(ctx, by, d.ID)
	return err
}

func (p *player) propose(ctx context.Context) error {
	on, by := pick(p, p.projects), pick(p, p.people)
	d, err := p.engine.Projects.Propose(ctx, by, project.ProposeInput{
		Project: on.id, CoverLetter: "Let me.", Milestones: []project.Offer{{Title: "One", Amount: p.usd()}, {Title: "Two", Amount: p.usd()}},
	})
	if err == nil {
		p.proposals = append(p.proposals, deal[project.ProposalID]{d.ID, on.a, by})
	}
	return err
}

func (p *player) accept(ctx context.Context) error {
	on := pick(p, p.proposals)
	d, err := p.engine.Contracts.Accept(ctx, on.a, contract.AcceptInput{Proposal: on.id})
	if err != nil {
		return err
	}
	p.contracts = append(p.contracts, deal[contract.ID]{d.ID, on.a, on.b})
	for _, m := range d.Milestones {
		p.work = append(p.work, deal[contract.MilestoneID]{m.ID, on.a, on.b})
	}
	return nil
}
