using System.Globalization;
using Latchkey.Crypto;

namespace Latchkey.Bogo;

/// <summary>The runner's command line, as far as this shim knows it.</summary>
internal sealed class ShimFlags
{
    /// <summary>The groups of the engine by code point; the runner means these when it names a subset that its own client keeps to.</summary>
    private static readonly NamedGroup[] Groups = [NamedGroup.Secp256r1, NamedGroup.Secp384r1, NamedGroup.X25519, NamedGroup.X25519MlKem768];

    private readonly Credential _default = new();
    private readonly List<Credential> _added = [];

    public int Port { get; private set; }

    public ulong ShimId { get; private set; }

    public bool IsIPv6 { get; private set; }

    public bool AsksForHandshaker { get; private set; }

    public bool IsServer { get; private set; }

    /// <summary>In the runner's order of preference: the default one comes after those that are added to it.</summary>
    public IEnumerable<Credential> Credentials => _added.Append(_default).Where(credential => credential.ChainFile is not null);

    public ushort? MinVersion { get; private set; }

    public ushort? MaxVersion { get; private set; }

    public string? SelectedAlpn { get; private set; }

    public string? ExpectedAdvertisedAlpn { get; private set; }

    public string? ExpectedAlpn { get; private set; }

    public string? ExpectedServerName { get; private set; }

    public ushort? ExpectedVersion { get; private set; }

    public NamedGroup? ExpectedGroup { get; private set; }

    public int? ExpectedCredential { get; private set; }

    public bool? ExpectedRetry { get; private set; }

    public bool? ExpectedExtendedMasterSecret { get; private set; }

    public bool ExpectsSecureRenegotiation { get; private set; }

    /// <summary>Further connections after the first, on each of which the runner's client would resume.</summary>
    public int ResumeCount { get; private set; }

    public bool ExpectsSessionMiss { get; private set; }

    public bool WritesFirst { get; private set; }

    public bool ShutsDown { get; private set; }

    public bool ChecksCloseNotify { get; private set; }

    /// <exception cref="UnimplementedException">A flag is for something that the engine does not do.</exception>
    public static ShimFlags Parse(string[] arguments)
    {
        var flags = new ShimFlags();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var name))
            flags.Set(name, rest);
        // There is no resumption yet; that the client cannot resume is what some tests are about.
        if (flags.ResumeCount > 0 && !flags.ExpectsSessionMiss)
            throw new UnimplementedException("resumption");
        return flags.IsServer || flags.AsksForHandshaker ? flags : throw new UnimplementedException("client role");
    }

    private Credential Current => _added.Count > 0 ? _added[^1] : _default;

    private void Set(string name, Queue<string> rest)
    {
        switch (name)
        {
            case "-port": Port = Number(rest); break;
            case "-shim-id": ShimId = ulong.Parse(rest.Dequeue(), CultureInfo.InvariantCulture); break;
            case "-ipv6": IsIPv6 = true; break;
            case "-is-handshaker-supported": AsksForHandshaker = true; break;
            case "-server": IsServer = true; break;
            case "-new-x509-credential": _added.Add(new Credential()); break;
            case "-cert-file": Current.ChainFile = rest.Dequeue(); break;
            case "-key-file": Current.KeyFile = rest.Dequeue(); break;
            // The engine signs with what the client puts first among the schemes of the key. Where the runner restricts the
            // shim to a scheme and offers that one alone, the outcome is the same; the other tests are named in config.json.
            case "-signing-prefs": _ = Number(rest); break;
            case "-min-version": MinVersion = Code(rest); break;
            case "-max-version": MaxVersion = Code(rest); break;
            case "-no-tls13": MaxVersion = 0x0303; break;
            case "-no-tls1" or "-no-tls11": break;
            case "-no-tls12": MinVersion = 0x0304; break;
            case "-select-alpn": SelectedAlpn = rest.Dequeue(); break;
            case "-expect-advertised-alpn": ExpectedAdvertisedAlpn = rest.Dequeue(); break;
            case "-expect-alpn": ExpectedAlpn = rest.Dequeue(); break;
            case "-expect-server-name": ExpectedServerName = rest.Dequeue(); break;
            case "-expect-version": ExpectedVersion = Code(rest); break;
            case "-expect-curve-id": ExpectedGroup = Group(rest); break;
            case "-expect-selected-credential": ExpectedCredential = Number(rest); break;
            case "-expect-hrr": ExpectedRetry = true; break;
            case "-expect-no-hrr": ExpectedRetry = false; break;
            case "-expect-extended-master-secret": ExpectedExtendedMasterSecret = true; break;
            case "-expect-no-extended-master-secret": ExpectedExtendedMasterSecret = false; break;
            case "-expect-secure-renegotiation": ExpectsSecureRenegotiation = true; break;
            // The engine has one set of groups. The runner restricts the shim where its client does so too.
            case "-curves": _ = Group(rest); break;
            case "-resume-count": ResumeCount = Number(rest); break;
            case "-expect-session-miss": ExpectsSessionMiss = true; break;
            case "-shim-writes-first": WritesFirst = true; break;
            case "-shim-shuts-down": ShutsDown = true; break;
            case "-check-close-notify": ChecksCloseNotify = true; break;
            // How the runner's own library is called: blocking or not, in what portions, with which callback. No part of the
            // protocol depends on it.
            case "-async" or "-implicit-handshake" or "-use-early-callback" or "-no-op-extra-handshake" or "-server-preference"
                or "-no-ticket" or "-expect-no-session": break;
            case "-read-size" or "-trust-cert" or "-ticket-key": rest.Dequeue(); break;
            default: throw new UnimplementedException(name);
        }
    }

    private static NamedGroup Group(Queue<string> rest)
    {
        var group = (NamedGroup)Code(rest);
        return Groups.Contains(group) && CryptoProvider.Default.Supports(group) ? group : throw new UnimplementedException($"group {group}");
    }

    private static int Number(Queue<string> rest) => int.Parse(rest.Dequeue(), CultureInfo.InvariantCulture);

    private static ushort Code(Queue<string> rest) => ushort.Parse(rest.Dequeue(), CultureInfo.InvariantCulture);
}

/// <summary>One certificate of the shim's, by files.</summary>
internal sealed class Credential
{
    public string? ChainFile { get; set; }

    public string? KeyFile { get; set; }
}

/// <summary>The runner is told, by an exit code of its own, that a test does not concern this engine.</summary>
internal sealed class UnimplementedException(string what) : Exception(what);
