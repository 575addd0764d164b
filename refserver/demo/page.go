package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Print tells an evaluator who there is and what to try in five minutes; each
// line of commands can be pasted into a shell, in order.
func (c *Cast) Print(w io.Writer, url string, now time.Time) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nlance demo: %s   documents: %s/docs   a test store: nothing in it is real\n\n", url, url)
	fmt.Fprintf(&b, "Everybody's password is %s, the store's time %s:\n\n", Password, now.Format("2006-01-02 15:04 MST"))
	for _, p := range people {
		role := string(p.view)
		if len(p.roles) > 0 {
			role = string(p.roles[0])
		}
		fmt.Fprintf(&b, "  %-18s %-10s %s\n", Email(p.key), role, p.name)
	}
	b.WriteString("\nFive minutes, to paste line by line:\n")
	for _, t := range c.tries(url) {
		fmt.Fprintf(&b, "\n# %s\n", t.says)
		for _, line := range t.lines {
			b.WriteString(line + "\n")
		}
	}
	b.WriteString("\nCtrl-C ends it. The file lance-demo.db keeps what you did; without it the story begins anew.\n\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// try is one thing to try.
type try struct {
	says  string
	lines []string
}

func (c *Cast) tries(url string) []try {
	call := func(who, method, path, body string) string {
		line := fmt.Sprintf(`curl -s -H "Authorization: Bearer $%s" `, strings.ToUpper(who))
		if method != "GET" {
			line += "-X " + method + " "
		}
		if body != "" {
			line += "-H 'Content-Type: application/json' -d '" + body + "' "
		}
		return line + "'" + url + path + "'"
	}
	return []try{
		{"sign in: the client Ada, her freelancer Cleo, the client Omar, the administrator", []string{
			fmt.Sprintf(`login() { curl -s -H 'Content-Type: application/json' -d "{\"email\":\"$1@example.com\",\"password\":\"%s\"}" %s/v1/auth/login | sed 's/.*"access_token":"\([^"]*\)".*/\1/'; }`, Password, url),
			"ADA=$(login ada) CLEO=$(login cleo) OMAR=$(login omar) ROOT=$(login root)",
		}},
		{"open projects, as everybody sees them, and Omar's proposals side by side", []string{
			"curl -s '" + url + "/v1/projects'",
			call("omar", "GET", "/v1/projects/"+string(c.Compare)+"/comparison", ""),
		}},
		{"Omar accepts Cleo's proposal: a contract appears, the others are declined", []string{
			call("omar", "POST", "/v1/proposals/"+string(c.Proposal)+"/accept", ""),
		}},
		{"Ada and Cleo are half-way: look at release_at and allowed_actions, then as Cleo try what only Ada may (403)", []string{
			call("ada", "GET", "/v1/contracts/"+string(c.Contract), ""),
			call("cleo", "POST", "/v1/milestones/"+string(c.Waiting)+"/approve", ""),
		}},
		{"Ada tops up and funds the last milestone; the same key twice does it once", []string{
			strings.Replace(call("ada", "POST", "/v1/wallet/top-ups", `{"amount":{"amount":"400.00","currency":"USD"},"payment_method":"pm_ok"}`), "curl -s ", "curl -s -H 'Idempotency-Key: demo-1' ", 1),
			call("ada", "POST", "/v1/milestones/"+string(c.Planned)+"/fund", ""),
			call("ada", "GET", "/v1/wallet", ""),
		}},
		{"Ada says nothing for two weeks: time moves, and what she was to approve is released by itself", []string{
			call("root", "POST", "/v1/test/clock/skip", `{"by":"336h"}`),
			"CLEO=$(login cleo) ROOT=$(login root)",
			call("cleo", "GET", "/v1/wallet", ""),
			call("cleo", "GET", "/v1/wallet/entries?currency=USD", ""),
		}},
		{"the books: every currency sums to zero", []string{
			call("root", "GET", "/v1/admin/ledger/trial-balance", ""),
		}},
		{"register yourself and read the mail that would have been sent", []string{
			`curl -s -H 'Content-Type: application/json' -d '{"email":"you@example.com","password":"correct horse battery","name":"You","role":"freelancer"}' ` + url + "/v1/auth/register",
			"sleep 1; curl -s '" + url + "/v1/test/mail?to=you@example.com'",
		}},
	}
}
