using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.AspNetCore.Tests.Harness;

/// <summary>A key holder that a test makes late or lets fail.</summary>
internal sealed class SwitchableKey(PrivateKey key) : IHandshakeKey
{
    private readonly LocalHandshakeKey _local = new(key);

    /// <summary>Awaited before every answer.</summary>
    public Task Before { get; set; } = Task.CompletedTask;

    public bool IsDown { get; set; }

    public bool IsBroken { get; set; }

    public int Questions { get; private set; }

    public bool MustBeVerified => true;

    public async ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        return await _local.SignServerKeyExchangeAsync(request, cancellationToken);
    }

    public async ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        return await _local.SignCertificateVerifyAsync(request, cancellationToken);
    }

    public async ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        return await _local.DeriveMasterSecretAsync(request, cancellationToken);
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        Questions++;
        await Before.WaitAsync(cancellationToken);
        if (IsDown)
            throw new KeyHolderFailedException("key server home: connection refused");
        if (IsBroken)
            throw new InvalidOperationException("a fault of this server");
    }
}
