package demo

// installModel is what stands beside the Marketplace's dialog.
type installModel struct {
	Path        []mark
	Installed   bool
	Domain      string
	Key         string
	Shops       []choice // code and name
	BackendDown bool
}

func (d *Demo) installModel(s *scene) installModel {
	m := installModel{
		Path: d.path(visit{}, s), Installed: s.installed, Domain: s.account.Domain, Key: s.account.APIKey, BackendDown: !d.running(),
	}
	for _, sh := range s.shops {
		m.Shops = append(m.Shops, choice{Value: sh.Code, Label: sh.Name + ", " + regionName(sh.Region), Chosen: sh.connected})
	}

	return m
}
