package scim

// WatchDerivations calls watch before each key that is derived of a password.
func (p *Provider) WatchDerivations(watch func()) {
	p.passwords.key = func(password, salt []byte) []byte {
		watch()
		return argonKeyOf(password, salt)
	}
}

// ChecksOfTenant is how many checks of credentials a tenant may have under way.
const ChecksOfTenant = checksOfTenant
