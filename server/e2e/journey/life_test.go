package journey

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sellerchat/views"
)

// shopTwo is the other shop of the demo, in the other market.
const shopTwo = "Nusa Living"

// installPackage installs the real package for the first shop, and returns what
// the Marketplace's page frames.
func installPackage(dialog *tab, demo string) (credentials, *tab) {
	dialog.t.Helper()

	dialog.v.hurried = true
	defer func() { dialog.v.hurried = false }()

	dialog.open(demo + installPage)

	have, settings := readCredentials(dialog), dialog.frame()
	setUpShop(settings.frame(), have, "TikTok Shop")
	settings.hears("Setup finished. Now press Install below.")
	dialog.press("Install")
	dialog.sees("The app is installed.")

	return have, settings
}

// TestAShopIsAuthorizedAgain has the seller withdraw her consent, and come back
// through the one link in the settings: in a browser of her own that has never
// seen Freshchat, and with the name of the account before her.
func TestAShopIsAuthorizedAgain(t *testing.T) {
	demo := startPackage(t)
	_, dialog := newVisitor(t)

	have, _ := installPackage(dialog, demo)
	dialog.open(demo)
	dialog.fill("Message to "+shop, "Is the lip oil vegan?")
	dialog.press("Send")
	dialog.stands(conversation, "Is the lip oil vegan?")

	dialog.press("Withdraw it")
	link := repairLink(dialog, demo)

	waiting := []string{"Yes, all of our oils are.", "And none is tested on animals."}
	dialog.open(demo)

	for _, text := range waiting {
		dialog.fill("Reply to "+buyer, text)
		dialog.press("Reply")
		dialog.stands(conversation, text)
	}

	dialog.sees("2 waiting.")
	dialog.unfold("TikTok Seller Chat")

	panel := dialog.frame()
	panel.sees("Your admin can mend it in the app's settings")
	panel.until("both wait in the panel", func() error {
		if n := strings.Count(panel.words(), "… Waiting"); n != len(waiting) {
			panel.press("Refresh")

			return fmt.Errorf("%d do", n)
		}

		return nil
	})
	panel.look("panel-waiting")

	authorizeAgain(t, link, have.domain)

	dialog.stands(phone, waiting...)
	dialog.sees("2 sent, in order, none twice.")
	dialog.look("arrived")

	page := openSettings(dialog, demo)
	page.sees("Everything works.", "Connected")
	page.look("settings-green")

	if strings.Contains(page.words(), "Link for the seller") {
		t.Error("the link is still there")
	}
}

// openSettings opens the app's settings in a tab of their own.
func openSettings(dialog *tab, demo string) *tab {
	dialog.t.Helper()
	dialog.open(demo + installPage)
	dialog.press("Settings")

	settings := dialog.frame()
	settings.sees("Connected")

	page := settings.opens(func() { settings.press("Open settings") })
	page.sees("Connections")
	dialog.press("Back")
	dialog.sees("The app is installed.")
	page.comeBack()

	return page
}

// repairLink is the link that the settings give once the authorization is lost.
func repairLink(dialog *tab, demo string) string {
	dialog.t.Helper()

	page := openSettings(dialog, demo)
	page.until("the settings tell of it", func() error {
		if strings.Contains(page.words(), "Authorization ended") {
			return nil
		}

		page.do(chromedp.Reload())

		return errors.New("they do not")
	})
	page.sees(shop+": ", "It works for 7 days and needs no access to Freshchat.")
	page.look("settings-authorization-lost")

	return page.value("Link for the seller of " + shop)
}

// authorizeAgain is the seller's way.
func authorizeAgain(t *testing.T, link, account string) {
	t.Helper()

	_, seller := newVisitor(t)
	seller.open(link)
	seller.sees("Authorize your shop again", "The chats of "+shop+" go to "+account)
	seller.look("seller-opens-the-link")

	seller.follow(sellerUK.region)
	seller.sees("Authorize a service")
	seller.press("Authorize")
	seller.sees("Send the chats of your shop to "+account+"?", "asked you to authorize it again")
	seller.look("seller-is-asked")

	seller.press("Yes, connect")
	seller.sees(shop+" can go on", "The chats go to "+account+" as before.", "2 replies")
	seller.look("seller-is-done")
}

// TestASecondShopWithATopicOfItsOwn adds a shop of another market to the
// installation; each shop's buyers are under its own topic.
func TestASecondShopWithATopicOfItsOwn(t *testing.T) {
	demo := startPackage(t)
	_, dialog := newVisitor(t)

	have, settings := installPackage(dialog, demo)

	dialog.press("Settings")
	settings.sees("Glow Beauty, United Kingdom → TikTok Shop")
	settings.press("Change")

	dialog.v.hurried = true
	have.shopCode, have.seller = dialog.value("TikTok Seller Shop Code of Nusa Living, Indonesia"), sellerAsia
	setUpShop(settings.frame(), have, "Returns")
	dialog.v.hurried = false

	settings.hears("Setup finished. Now press Save below.")
	dialog.press("Save")
	dialog.sees("The app is installed.")

	page := openSettings(dialog, demo)
	page.sees("Everything works.", shop, "TikTok Shop", shopTwo, "Returns")
	page.look("settings-two-shops")

	for name, topic := range map[string]string{shop: "TikTok Shop", shopTwo: "Returns"} {
		writeToShop(dialog, demo, name, topic)
	}

	dialog.look("two-shops")
}

// writeToShop writes as the buyer to a shop, looks for it under the topic, and
// answers.
func writeToShop(dialog *tab, demo, name, topic string) {
	dialog.t.Helper()

	region := map[string]string{shop: "United Kingdom", shopTwo: "Indonesia"}[name]
	hello := "Hello " + name

	dialog.open(demo)
	dialog.choose("Shop", name+", "+region)
	dialog.fill("Message to "+name, hello)
	dialog.press("Send")
	dialog.until("an agent gets it", func() error { return says(dialog.list(), hello) })

	dialog.open(demo) // with the newest conversation
	dialog.choose("Shop", name+", "+region)
	dialog.stands(conversation, hello)
	dialog.until("it is under its topic alone", func() error {
		for _, other := range []string{"TikTok Shop", "Returns"} {
			dialog.click(roleLink, other)

			want := 0
			if other == topic {
				want = 1
			}

			if got := strings.Count(dialog.list(), hello); got != want {
				return fmt.Errorf("it is %d times under %s", got, other)
			}
		}

		return nil
	})

	dialog.fill("Reply to "+buyer, "Hello from "+name)
	dialog.press("Reply")
	dialog.stands("Chat of "+buyer+" with "+name, hello, "Hello from "+name)
}

// list is what can be read in the agent's list of conversations.
func (b *tab) list() string {
	text, err := ask[string](b, `function () { return this.querySelector('.people')?.innerText ?? ''; }`)
	if err != nil {
		return ""
	}

	return text
}

// TestTheNewKeyIsEntered replaces the account's key in Freshchat: messages
// wait, the settings say what to do, and with the new key they arrive.
func TestTheNewKeyIsEntered(t *testing.T) {
	demo := startPackage(t)
	_, dialog := newVisitor(t)

	old, _ := installPackage(dialog, demo)
	platformsOf(dialog, old).rotateKey()

	dialog.open(demo)
	dialog.fill("Message to "+shop, "Anybody there?")
	dialog.press("Send")
	dialog.sees("waiting 1")

	page := openSettings(dialog, demo)
	page.until("the settings tell of it", func() error {
		if strings.Contains(page.words(), "The key is no longer accepted") {
			return nil
		}

		page.do(chromedp.Reload())

		return errors.New("they do not")
	})
	page.look("settings-key-refused")

	dialog.comeBack()

	fresh := readCredentials(dialog)
	if fresh.key == old.key {
		t.Fatal("the key is the old one")
	}

	page.comeBack()

	setup := page.opens(func() { page.follow("Enter the new key") })
	setup.v.hurried = true
	setUpShop(setup, fresh, "TikTok Shop")
	setup.v.hurried = false
	setup.hears(views.NoticeInstalled)

	dialog.comeBack()
	dialog.open(demo)
	dialog.stands(conversation, "Anybody there?")
	dialog.sees("waiting 0", "lost 0", "doubled 0")

	page.comeBack()
	page.do(chromedp.Reload())
	page.sees("Everything works.")
	page.look("settings-key-accepted")
}
