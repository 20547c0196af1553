package web

import (
	"time"

	"sellerchat/server/bridge"
	"sellerchat/views/components"
)

// regions are the names of the countries in which TikTok Shop sells.
var regions = map[string]string{
	"GB": "United Kingdom", "US": "United States", "ID": "Indonesia", "MY": "Malaysia", "PH": "Philippines",
	"SG": "Singapore", "TH": "Thailand", "VN": "Vietnam", "JP": "Japan", "BR": "Brazil", "MX": "Mexico",
	"DE": "Germany", "ES": "Spain", "FR": "France", "IE": "Ireland", "IT": "Italy",
}

// shopWords names a shop for people: "Glow Beauty, United Kingdom".
func shopWords(shop bridge.ShopInfo) string {
	if shop.ID == "" {
		return ""
	}

	if shop.Region == "" {
		return shop.Name
	}

	return shop.Name + ", " + regionWords(shop.Region)
}

// regionWords names a country for people; one that is not in the list keeps
// its code.
func regionWords(region string) string {
	if name, ok := regions[region]; ok {
		return name
	}

	return region
}

// moment is a time for people: by the clock of the browser, else in UTC.
func moment(t time.Time) components.Moment {
	t = t.UTC()

	return components.Moment{ISO: t.Format(time.RFC3339), Text: t.Format("15:04") + " UTC"}
}
