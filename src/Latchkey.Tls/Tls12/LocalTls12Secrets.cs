using Latchkey.Crypto;
using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.Tls12;

/// <summary>Keys and Finished values from a master secret in this process (F1).</summary>
internal sealed class LocalTls12Secrets : Tls12Secrets
{
    private readonly CryptoProvider _crypto;
    private readonly DigestAlgorithm _digest;
    private readonly SecretBytes _master;

    /// <param name="master">48 bytes; owned from here on.</param>
    public LocalTls12Secrets(CryptoProvider crypto, CipherSuite suite, SecretBytes master, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom)
    {
        _crypto = crypto;
        _digest = suite.Digest();
        _master = master;
        RecordKeys = KeyBlock.Derive(crypto, suite, master, clientRandom, serverRandom);
    }

    /// <param name="master">48 bytes; owned from here on.</param>
    /// <param name="keys">What follows from it; owned from here on.</param>
    public LocalTls12Secrets(CryptoProvider crypto, CipherSuite suite, SecretBytes master, Tls12RecordKeys keys)
    {
        _crypto = crypto;
        _digest = suite.Digest();
        _master = master;
        RecordKeys = keys;
    }

    /// <inheritdoc/>
    public override Tls12RecordKeys RecordKeys { get; }

    /// <inheritdoc/>
    public override SecretBytes? MasterSecret => _master;

    /// <summary>At a resumption, the ticket in place of the one that was brought.</summary>
    public ReadOnlyMemory<byte> RenewedTicket { get; init; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Ticket => RenewedTicket;

    /// <inheritdoc/>
    public override ValueTask<bool> VerifyClientFinishedAsync(ReadOnlyMemory<byte> transcriptHash, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken)
    {
        var expected = VerifyData.OfClient(_crypto, _digest, _master, transcriptHash.Span);
        return ValueTask.FromResult(System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(expected, verifyData.Span));
    }

    /// <inheritdoc/>
    public override ValueTask<ReadOnlyMemory<byte>> ServerFinishedAsync(ReadOnlyMemory<byte> transcriptHash, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ReadOnlyMemory<byte>>(VerifyData.OfServer(_crypto, _digest, _master, transcriptHash.Span));

    /// <inheritdoc/>
    public override void Dispose()
    {
        RecordKeys.Dispose();
        _master.Dispose();
    }
}
