using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>A key that behaves as a test wants: late, refusing, faulty.</summary>
internal sealed class TestHandshakeKey(PrivateKey key) : IHandshakeKey
{
    /// <summary>Awaited before every signature.</summary>
    public Task Before { get; init; } = Task.CompletedTask;

    /// <summary>Thrown instead of signing.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Flips a bit of every signature.</summary>
    public bool IsFaulty { get; init; }

    public bool MustBeVerified { get; init; } = true;

    public int Signatures { get; private set; }

    public async ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken)
    {
        await Before.WaitAsync(cancellationToken);
        if (Failure is not null)
            throw Failure;
        Signatures++;
        var signature = key.Sign(request.Scheme, CertificateVerifyContent.ForServer(request.TranscriptHash.Span));
        if (IsFaulty)
            signature[^1] ^= 1;
        return signature;
    }

    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
        throw new KeyHolderFailedException("This key signs for TLS 1.3 only.");

    public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) =>
        throw new KeyHolderFailedException("This key signs for TLS 1.3 only.");
}
