package lance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

type contractID string

func TestIDsSortByTheTimeTheyWereMade(t *testing.T) {
	t.Parallel()
	e := lance.SeededEntropy(1)
	var ids []string
	for i := range 5000 {
		at := noon.Add(time.Duration(i) * time.Microsecond)
		ids = append(ids, string(lance.NewID[contractID]("ctr", world{at, e})))
	}
	require.True(t, slices.IsSorted(ids))
	require.Len(t, slices.Compact(ids), 5000)
}

func TestSeedAndClockDetermineIDs(t *testing.T) {
	t.Parallel()
	make2 := func() [2]contractID {
		w := world{noon, lance.SeededEntropy(7)}
		return [2]contractID{lance.NewID[contractID]("ctr", w), lance.NewID[contractID]("ctr", w)}
	}
	one, two := make2(), make2()
	require.Equal(t, one, two)
	require.NotEqual(t, one[0], one[1])
}

func TestUUIDIsVersion7OfTheClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2031, 7, 5, 1, 2, 3, 456_789_000, time.UTC)
	u := uuid.UUID(lance.NewUUID(world{at, lance.SystemEntropy()}))
	require.Equal(t, uuid.Version(7), u.Version())
	require.Equal(t, uuid.RFC4122, u.Variant())
	sec, nsec := u.Time().UnixTime()
	require.Equal(t, at.Truncate(time.Millisecond), time.Unix(sec, nsec).UTC())
}

func TestParseIDTakesWhatNewIDMakes(t *testing.T) {
	t.Parallel()
	id := lance.NewID[contractID]("ctr", world{noon, lance.SystemEntropy()})
	got, err := lance.ParseID[contractID]("ctr", string(id))
	require.NoError(t, err)
	require.Equal(t, id, got)

	rest := strings.TrimPrefix(string(id), "ctr_")
	for name, s := range map[string]string{
		"empty": "", "no prefix": rest, "only prefix": "ctr_", "another prefix": "agr_" + rest, "prefix twice": "ctr_" + string(id),
		"short": string(id)[:29], "long": string(id) + "0", "upper case": "ctr_" + strings.ToUpper(rest),
		"not in the alphabet": "ctr_" + strings.Repeat("u", 26), "space": string(id)[:29] + " ", "line break": string(id)[:29] + "\n",
		"loose bits": string(id)[:29] + "1",
	} {
		_, err := lance.ParseID[contractID]("ctr", s)
		require.ErrorIs(t, err, lance.Invalid, name)
		require.Equal(t, "id_syntax", lance.CodeOf(err), name)
	}
}

func TestDerivedIDsStandBesideTheirOwners(t *testing.T) {
	t.Parallel()
	hash := func(s string) lance.Hash { return lance.LeafOf([]byte(s)) }
	e := lance.SeededEntropy(1)
	early := lance.NewID[string]("agr", world{noon, e})
	late := lance.NewID[string]("ord", world{noon.Add(time.Hour), e})
	seen := map[contractID]bool{}
	var last contractID
	for _, owner := range []string{early, late} {
		for i := range 100 {
			id := lance.DeriveIDBeside[contractID]("ctr", owner, hash(fmt.Sprint(owner, i)))
			require.Equal(t, owner[4:13], string(id)[4:13], "the first 45 bits of the millisecond")
			require.Equal(t, id, lance.DeriveIDBeside[contractID]("ctr", owner, hash(fmt.Sprint(owner, i))))
			require.False(t, seen[id])
			seen[id] = true
			if owner == early {
				last = max(last, id)
			} else {
				require.Greater(t, id, last)
			}
			part := lance.DeriveIDBeside[contractID]("ctr", string(id), hash(fmt.Sprint(i)))
			require.Equal(t, id[:13], part[:13], "a part of a part, too")
		}
	}
	for _, owner := range []string{"", "7", "agr_", "agr_7", early + "0", strings.ToUpper(early), "agr_" + strings.Repeat("0", 26)} {
		require.Equal(t, lance.DeriveID[contractID]("ctr", hash("x")), lance.DeriveIDBeside[contractID]("ctr", owner, hash("x")), owner)
	}
}

func ExampleNewID() {
	w := world{noon, lance.SeededEntropy(1)}
	fmt.Println(lance.NewID[contractID]("ctr", w))
	// Output: ctr_06eajh8a01r01e1r4p12mvwyc8
}

func ExampleParseID() {
	_, err := lance.ParseID[contractID]("ctr", "usr_06eajh8a01r01e1r4p12mvwyc8")
	fmt.Println(err)
	// Output: invalid id_syntax: this is not an identifier of the kind that is meant here
}
