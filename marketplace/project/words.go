package project

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// Bounds of what is searched for.
const (
	MaxWords = 10 // words of one search
	maxWord  = 40 // characters of a word that are looked at
)

// Wanted is what open projects are searched by.
type Wanted struct {
	Skill taxonomy.SkillID // they name it; "" for any
	Words []string         // for each of these they have a word that begins with it
}

// word is letters, digits and marks, and the signs by which names such as C++ and
// C# end.
var word = regexp.MustCompile(`[\p{L}\p{N}\p{M}]+[+#]*`)

// wordsOf returns the words of texts, each once and in order, as they are
// compared: whatever is neither letter nor digit parts them, and capitals and
// the compatibility forms of Unicode make no difference.
func wordsOf(texts ...string) []string {
	var all []string
	for _, text := range texts {
		for _, w := range word.FindAllString(strings.ToLower(norm.NFKC.String(text)), -1) {
			if long := []rune(w); len(long) > maxWord {
				w = string(long[:maxWord])
			}
			all = append(all, w)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// wanted returns what a query searches by, and whether anything can be found: a
// text without a word is in no project.
func (q OpenQuery) wanted() (w Wanted, possible bool, err error) {
	var f lance.Faults
	f.Check("/text", lance.TextRule{Max: 200, Line: true}.Check(q.Text))
	w = Wanted{Skill: taxonomy.SkillID(q.Skill)}
	if err := f.Err(); err != nil {
		return w, false, err
	}
	w.Words = wordsOf(q.Text)
	if len(w.Words) > MaxWords {
		f.Add("/text", "too_many", "search for at most 10 words")
	}
	return w, len(w.Words) > 0 || strings.TrimSpace(q.Text) == "", f.Err()
}

// save stores a changed project, and while it is listed its words: those of its
// title, its description and the names that its skills have now.
func (p *Project) save(ctx context.Context, r Repos) error {
	if err := r.Projects().Update(ctx, p); err != nil {
		return err
	}
	if !p.Listed() {
		return r.Projects().Index(ctx, p.ID, nil)
	}
	ids := make([]string, len(p.Skills))
	for i, id := range p.Skills {
		ids[i] = string(id)
	}
	skills, err := r.Skills().Find(ctx, lance.Filter{In: map[string][]string{"id": ids}})
	if err != nil {
		return err
	}
	texts := []string{p.Title, p.Description}
	for _, k := range skills {
		texts = append(texts, k.Name)
	}
	return r.Projects().Index(ctx, p.ID, wordsOf(texts...))
}
