package profile_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/storage/memstore/memmarketplace"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "portfolio_item_lifecycle.mermaid", []byte(profile.ItemLifecycle.Mermaid()))
}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, profile.ItemLifecycle, `
		visible edit visible owner
		visible hide hidden owner admin
		visible remove removed owner admin
		hidden edit hidden owner
		hidden show visible owner
		hidden remove removed owner admin
		removed restore hidden admin`)
}

// TestIncident/audit_459_465_466_472: what others see of a party has no address,
// no telephone number and no earnings, and cannot get them by a field that is
// added to the profile later.
func TestIncident(t *testing.T) {
	t.Parallel()
	t.Run("audit_459_465_466_472", func(t *testing.T) {
		t.Parallel()
		names := fieldsOf(reflect.TypeFor[profile.Shown](), map[reflect.Type]bool{})
		require.Contains(t, names, "displayname", "the walk sees fields")
		require.Contains(t, names, "caption", "the walk sees fields of lists")
		for _, name := range names {
			for _, secret := range []string{"mail", "phone", "earn", "balance", "income", "password", "address", "user"} {
				require.NotContains(t, name, secret)
			}
		}
	})
}

// fieldsOf returns the names of all fields that can be reached, in lower case.
func fieldsOf(t reflect.Type, seen map[reflect.Type]bool) (names []string) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	for f := range t.Fields() {
		if f.IsExported() {
			names = append(append(names, strings.ToLower(f.Name)), fieldsOf(f.Type, seen)...)
		}
	}
	return names
}

func TestCompletenessIsAWholeOfItsParts(t *testing.T) {
	t.Parallel()
	for view, want := range map[profile.View]int{profile.ViewFreelancer: 8, profile.ViewClient: 5} {
		empty := profile.Complete(&profile.Profile{Terms: profile.Terms{View: view}}, 0)
		require.Zero(t, empty.Percent)
		require.Len(t, empty.Missing, want)
		require.Equal(t, empty.Missing[0].Prompt, empty.Next)
		sum := 0
		for _, m := range empty.Missing {
			require.NotEmpty(t, m.Prompt)
			sum += m.Weight
		}
		require.Equal(t, 100, sum)
		require.True(t, slices.IsSortedFunc(empty.Missing, func(a, b profile.Missing) int { return b.Weight - a.Weight }))
		full := profile.Profile{Terms: profile.Terms{
			View: view, DisplayName: "A", Headline: "B", Bio: "C", HourlyRate: lance.NewMoney(1, lance.USD),
			Skills: []profile.SkillLevel{{Skill: "skl_1"}}, Location: profile.Location{Country: "PK"}, Timezone: "UTC",
		}}
		require.Equal(t, profile.Completeness{Percent: 100, Missing: []profile.Missing{}}, profile.Complete(&full, 1))
	}
}

// A freelancer writes a profile, hears what it lacks, and adds a piece of work.
func Example() {
	ctx := context.Background()
	profiles := profile.NewService(memmarketplace.New(nil), nil)
	ann := lance.Person("42")
	own, err := profiles.Put(ctx, ann, profile.PutInput{Terms: profile.Terms{
		DisplayName: "Ann Lee", Headline: "Go and SQL", Bio: "Ten years of *both*.", HourlyRate: lance.NewMoney(45_00, lance.USD),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d %%, next: %s\n", own.Completeness.Percent, own.Completeness.Next)
	_, err = profiles.AddItem(ctx, ann, profile.AddItemInput{ItemTerms: profile.ItemTerms{Title: "A fast shop", Role: "Developer"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	shown, err := profiles.Get(ctx, lance.Actor{}, "42")
	fmt.Println(shown.DisplayName, shown.HourlyRate, len(shown.Items), err)
	// Output:
	// 55 %, next: name your skills
	// Ann Lee 45.00 USD 1 <nil>
}
