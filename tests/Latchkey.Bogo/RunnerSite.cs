using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Bogo;

/// <summary>The one site of the shim, and the ClientHello that came for it.</summary>
internal sealed class RunnerSite : ISiteSelector
{
    private readonly ShimFlags _flags;
    private readonly TlsSite _site;

    public RunnerSite(ShimFlags flags, RunnerSessions sessions)
    {
        _flags = flags;
        _site = new TlsSite
        {
            Name = "runner",
            Certificates = [.. flags.Credentials.Select(Read)],
            MinVersion = Version(flags.MinVersion) ?? TlsVersion.Tls12,
            MaxVersion = Version(flags.MaxVersion) ?? TlsVersion.Tls13,
            // The suites of RSA key exchange are among those that the runner tests by default.
            Profile = TlsProfile.Compatible,
            ApplicationProtocols = flags.SelectedAlpn is { } name ? [name] : [],
            ClientCertificates = flags.Client.ToOptions(),
            Resumption = sessions.OptionsFor(flags),
        };
    }

    /// <summary>The first one, where a HelloRetryRequest called for a second.</summary>
    public ClientHello? Hello { get; private set; }

    public ValueTask<TlsSite?> SelectAsync(ClientHello hello, TlsEndPoints endPoints, CancellationToken cancellationToken)
    {
        Hello = hello;
        if (_flags.RefusesHello)
            throw new PeerIncompatibleException(AlertDescription.HandshakeFailure, "The site refuses the client.");
        if (_flags.FailsOnHello)
            throw new InvalidOperationException("The site cannot be found.");
        return ValueTask.FromResult<TlsSite?>(_site);
    }

    /// <exception cref="UnimplementedException">The key is of a kind that the engine does not know.</exception>
    private static TlsCertificate Read(Credential credential)
    {
        try
        {
            var key = PrivateKeyReader.Read(CryptoProvider.Default, File.ReadAllBytes(credential.KeyFile!));
            return TlsCertificate.FromPem(File.ReadAllText(credential.ChainFile!), CryptoProvider.Default, new SignatureCustody("local", new LocalHandshakeKey(key)));
        }
        catch (CryptographicException unknown)
        {
            throw new UnimplementedException(unknown.Message);
        }
    }

    private static TlsVersion? Version(ushort? code) => code switch
    {
        null => null,
        0x0303 => TlsVersion.Tls12,
        0x0304 => TlsVersion.Tls13,
        _ => throw new UnimplementedException($"version 0x{code:x4}"),
    };
}
