using System.Globalization;
using Latchkey.Crypto;

namespace Latchkey.Bogo;

/// <summary>What the runner wants of one connection, as far as this shim knows it.</summary>
internal sealed class ShimFlags
{
    /// <summary>The groups of the engine by code point; the runner means these when it names a subset that its own client keeps to.</summary>
    private static readonly NamedGroup[] Groups = [NamedGroup.Secp256r1, NamedGroup.Secp384r1, NamedGroup.X25519, NamedGroup.X25519MlKem768];

    private readonly Credential _default = new();
    private readonly List<Credential> _added = [];

    /// <summary>In the runner's order of preference: the default one comes after those that are added to it.</summary>
    public IReadOnlyList<Credential> Credentials => [.. _added.Append(_default).Where(credential => credential.IsPresent)];

    /// <summary>TLS 1.2: the one key that the site shares with its client; null for none.</summary>
    public string? PreSharedKey { get; private set; }

    public string PreSharedKeyIdentity { get; private set; } = "";

    /// <summary>What the shim is to find when the handshake is over.</summary>
    public ExpectedOutcome Expected { get; } = new();

    public ClientAuthentication Client { get; } = new();

    public KeyingMaterial Exported { get; } = new();

    public ushort? MinVersion { get; private set; }

    public ushort? MaxVersion { get; private set; }

    public string? SelectedAlpn { get; private set; }

    public bool HasTickets { get; private set; } = true;

    /// <summary>False: there is no fresh key to make tickets with.</summary>
    public bool SealsTickets { get; private set; } = true;

    public bool RenewsTickets { get; private set; }

    public bool TakesEarlyData { get; private set; }

    /// <summary>How much later the next connection comes.</summary>
    public TimeSpan DelayAfter { get; private set; }

    /// <summary>The choice of the site refuses the client.</summary>
    public bool RefusesHello { get; private set; }

    /// <summary>The choice of the site breaks down.</summary>
    public bool FailsOnHello { get; private set; }

    public bool WritesFirst { get; private set; }

    public bool ShutsDown { get; private set; }

    public bool ChecksCloseNotify { get; private set; }

    private Credential Current => _added.Count > 0 ? _added[^1] : _default;

    /// <exception cref="UnimplementedException">The flag is for something that the engine does not do.</exception>
    public void Set(string name, Func<string> value)
    {
        switch (name)
        {
            case "-new-x509-credential" or "-new-psk-credential" or "-new-delegated-credential": _added.Add(new Credential()); break;
            case "-psk": PreSharedKey = value(); break;
            case "-psk-identity": PreSharedKeyIdentity = value(); break;
            // The engine signs with what the client puts first among the schemes of the key. Where the runner restricts the
            // shim to a scheme and offers that one alone, the outcome is the same; the other tests are named in config.json.
            case "-signing-prefs": _ = Code(value()); break;
            case "-min-version": MinVersion = Code(value()); break;
            case "-max-version": MaxVersion = Code(value()); break;
            case "-no-tls13": MaxVersion = 0x0303; break;
            case "-no-tls1" or "-no-tls11": break;
            case "-no-tls12": MinVersion = 0x0304; break;
            // Empty: the runner's way to say "none" for one of several connections.
            case "-select-alpn": SelectedAlpn = value() is { Length: > 0 } protocol ? protocol : null; break;
            case "-decline-alpn": SelectedAlpn = null; break;
            case "-reject-alpn": SelectedAlpn = "a protocol that no client names"; break;
            // The engine has one set of groups. The runner restricts the shim where its client does so too.
            case "-curves": _ = Group(value()); break;
            case "-no-ticket": HasTickets = false; break;
            case "-skip-ticket": SealsTickets = false; break;
            case "-renew-ticket": RenewsTickets = true; break;
            case "-enable-early-data": TakesEarlyData = true; break;
            case "-resumption-delay": DelayAfter = TimeSpan.FromSeconds(int.Parse(value(), CultureInfo.InvariantCulture)); break;
            case "-fail-early-callback": RefusesHello = true; break;
            case "-fail-cert-callback" or "-fail-ddos-callback": FailsOnHello = true; break;
            case "-shim-writes-first": WritesFirst = true; break;
            case "-shim-shuts-down": ShutsDown = true; break;
            case "-check-close-notify": ChecksCloseNotify = true; break;
            // How the runner's own library is called: blocking or not, in what portions, with which callback. No part of the
            // protocol depends on it.
            case "-async" or "-implicit-handshake" or "-use-early-callback" or "-install-ddos-callback" or "-no-op-extra-handshake"
                or "-server-preference" or "-use-ticket-callback" or "-use-ticket-aead-callback": break;
            // A client's to ask for.
            case "-enable-ocsp-stapling": break;
            // An extension that is not answered, beside ALPN, which is preferred to it.
            case "-advertise-npn": _ = value(); break;
            case "-read-size" or "-trust-cert": _ = value(); break;
            default:
                if (!Current.TrySet(name, value) && !Expected.TrySet(name, value) && !Client.TrySet(name, value) && !Exported.TrySet(name, value))
                    throw new UnimplementedException(name);
                break;
        }
    }

    /// <exception cref="UnimplementedException">The group is not one of the engine's, or not one of this platform's.</exception>
    public static NamedGroup Group(string value)
    {
        var group = (NamedGroup)Code(value);
        return Groups.Contains(group) && CryptoProvider.Default.Supports(group) ? group : throw new UnimplementedException($"group {group}");
    }

    public static ushort Code(string value) => ushort.Parse(value, CultureInfo.InvariantCulture);
}
