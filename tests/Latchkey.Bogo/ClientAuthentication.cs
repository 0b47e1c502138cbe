using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Clients;

namespace Latchkey.Bogo;

/// <summary>How the runner has its client authenticate: whether, by which schemes, and what comes of it.</summary>
internal sealed class ClientAuthentication
{
    /// <summary>What BoringSSL accepts where the runner names nothing, but for SHA-1.</summary>
    private static readonly SignatureScheme[] DefaultSchemes =
    [
        SignatureScheme.EcdsaSecp256r1Sha256, SignatureScheme.RsaPssRsaeSha256, SignatureScheme.RsaPkcs1Sha256,
        SignatureScheme.EcdsaSecp384r1Sha384, SignatureScheme.RsaPssRsaeSha384, SignatureScheme.RsaPkcs1Sha384,
        SignatureScheme.RsaPssRsaeSha512, SignatureScheme.RsaPkcs1Sha512,
    ];

    private readonly List<SignatureScheme> _schemes = [];
    private readonly List<ReadOnlyMemory<byte>> _authorities = [];
    private ClientCertificateMode? _mode;
    private bool _refuses;
    private AlertDescription _refusal = AlertDescription.HandshakeFailure;

    /// <returns>false where the flag is none of this kind.</returns>
    public bool TrySet(string name, Func<string> value)
    {
        switch (name)
        {
            case "-require-any-client-certificate": _mode ??= ClientCertificateMode.Require; return true;
            // To BoringSSL this is the later word, whatever the order.
            case "-verify-peer": _mode = ClientCertificateMode.Request; return true;
            case "-verify-prefs": _schemes.Add((SignatureScheme)ShimFlags.Code(value())); return true;
            case "-verify-fail": _refuses = true; return true;
            case "-use-custom-verify-callback": _refusal = AlertDescription.CertificateUnknown; return true;
            case "-use-client-ca-list": ReadAuthorities(value()); return true;
            default: return false;
        }
    }

    /// <summary>For the site; null: the client is not asked.</summary>
    public ClientCertificates? ToOptions() => _mode is not { } mode ? null : new ClientCertificates
    {
        Mode = mode,
        Schemes = _schemes.Count > 0 ? _schemes : DefaultSchemes,
        Verifier = new Verifier(_authorities, _refuses ? new ClientCertificateVerdict(_refusal, "the runner says so") : ClientCertificateVerdict.Accepted),
    };

    private void ReadAuthorities(string list)
    {
        if (list is not ("<NULL>" or "<EMPTY>"))
            _authorities.AddRange(list.Split(',').Select(name => (ReadOnlyMemory<byte>)Convert.FromHexString(name)));
    }

    private sealed class Verifier(IReadOnlyList<ReadOnlyMemory<byte>> authorities, ClientCertificateVerdict verdict) : ClientCertificateVerifier
    {
        public override IReadOnlyList<ReadOnlyMemory<byte>> AuthorityNames => authorities;

        public override ValueTask<ClientCertificateVerdict> VerifyAsync(IReadOnlyList<ReadOnlyMemory<byte>> chain, DateTimeOffset now, CancellationToken cancellationToken) =>
            ValueTask.FromResult(verdict);
    }
}
