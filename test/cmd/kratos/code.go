package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/orylogin/orylogin/test/kratostest"
)

// printTOTP prints the present code of an authenticator app for each line of the standard
// input. Without a terminal, or in the background, there is none.
func printTOTP(key kratostest.TOTPKey) {
	const period = 30
	signal.Ignore(syscall.SIGTTIN) // which would stop the command when it is in the background
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		now := time.Now()
		if code, err := key.Code(now); err == nil {
			fmt.Printf("TOTP code   %s  for another %ds\n", code, period-now.Unix()%period)
		}
	}
}

// mail is a message as the admin API lists it.
type mail struct {
	ID        string `json:"id"`
	Recipient string `json:"recipient"`
	Template  string `json:"template_type"`
	Body      string `json:"body"`
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// printMails prints the login codes that are mailed, until ctx ends.
func printMails(ctx context.Context, adminURL string) {
	seen := map[string]bool{}
	for tick := time.Tick(200 * time.Millisecond); ctx.Err() == nil; <-tick {
		mails, _ := newestMails(ctx, adminURL) // an error is that of a server that ends
		for _, m := range slices.Backward(mails) {
			if m.Template == "login_code_valid" && !seen[m.ID] {
				fmt.Printf("mail        %s  code %s\n", m.Recipient, sixDigits.FindString(m.Body))
			}
			seen[m.ID] = true
		}
	}
}

// newestMails lists messages, the newest first.
func newestMails(ctx context.Context, adminURL string) ([]mail, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, adminURL+"/admin/courier/messages?page_size=100", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var mails []mail
	err = json.NewDecoder(response.Body).Decode(&mails)
	return mails, err
}
