using Latchkey.Crypto;

namespace Latchkey.Tls.Tls13;

/// <summary>The last stage of the key schedule: application traffic, the client's Finished that is still to come, and the sessions after this one.</summary>
/// <remarks>Owns the master secret and the client's handshake traffic secret it is made from.</remarks>
internal sealed class ApplicationSecrets : IDisposable
{
    private readonly CryptoProvider _crypto;
    private readonly DigestAlgorithm _digest;
    private readonly SecretBytes _masterSecret;
    private readonly SecretBytes _clientHandshakeTraffic;

    internal ApplicationSecrets(CryptoProvider crypto, DigestAlgorithm digest, SecretBytes masterSecret, SecretBytes clientHandshakeTraffic, ReadOnlySpan<byte> transcriptHash)
    {
        _crypto = crypto;
        _digest = digest;
        _masterSecret = masterSecret;
        _clientHandshakeTraffic = clientHandshakeTraffic;
        ClientTraffic = DeriveSecret.From(crypto, digest, masterSecret, "c ap traffic"u8, transcriptHash);
        ServerTraffic = DeriveSecret.From(crypto, digest, masterSecret, "s ap traffic"u8, transcriptHash);
    }

    /// <summary>client_application_traffic_secret_0; <see cref="Dispose"/> leaves it to whoever took it.</summary>
    public SecretBytes ClientTraffic { get; }

    /// <summary>server_application_traffic_secret_0; <see cref="Dispose"/> leaves it to whoever took it.</summary>
    public SecretBytes ServerTraffic { get; }

    /// <summary>Whether the client's verify_data is right, in constant time.</summary>
    /// <param name="transcriptHash">Through the message before the client's Finished.</param>
    /// <param name="verifyData">Of any length.</param>
    public bool VerifyClientFinished(ReadOnlySpan<byte> transcriptHash, ReadOnlySpan<byte> verifyData)
    {
        Span<byte> expected = stackalloc byte[_digest.SizeInBytes()];
        CopyClientVerifyData(transcriptHash, expected);
        return System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(expected, verifyData);
    }

    /// <summary>What the client's verify_data must be.</summary>
    /// <param name="transcriptHash">Through the message before the client's Finished.</param>
    /// <param name="destination">Of the digest's size.</param>
    public void CopyClientVerifyData(ReadOnlySpan<byte> transcriptHash, Span<byte> destination) =>
        DeriveSecret.VerifyData(_crypto, _digest, _clientHandshakeTraffic, transcriptHash, destination);

    /// <summary>resumption_master_secret; the caller owns it.</summary>
    /// <param name="transcriptHash">Through the client's Finished.</param>
    public SecretBytes ResumptionSecret(ReadOnlySpan<byte> transcriptHash) => DeriveSecret.From(_crypto, _digest, _masterSecret, "res master"u8, transcriptHash);

    /// <summary>RFC 8446 §4.6.1: HKDF-Expand-Label(resumption_master_secret, "resumption", ticket_nonce, Hash.length). The caller owns it.</summary>
    public SecretBytes PreSharedKey(SecretBytes resumptionSecret, byte nonce)
    {
        var key = new SecretBytes(_digest.SizeInBytes());
        Hkdf.ExpandLabel(_crypto, _digest, resumptionSecret.Span, "resumption"u8, [nonce], key.Span);
        return key;
    }

    /// <summary>The client's handshake traffic secret and the master secret, one behind the other: all that this stage is made from. The caller owns them.</summary>
    public SecretBytes Export()
    {
        var both = new SecretBytes(2 * _digest.SizeInBytes());
        _clientHandshakeTraffic.Span.CopyTo(both.Span);
        _masterSecret.Span.CopyTo(both.Span[_digest.SizeInBytes()..]);
        return both;
    }

    /// <summary>The other way round.</summary>
    /// <param name="exported">Lent; twice the digest's size.</param>
    /// <param name="transcriptHash">Through the server's Finished.</param>
    public static ApplicationSecrets Import(CryptoProvider crypto, DigestAlgorithm digest, ReadOnlySpan<byte> exported, ReadOnlySpan<byte> transcriptHash) =>
        new(crypto, digest, SecretBytes.CopyOf(exported[digest.SizeInBytes()..]), SecretBytes.CopyOf(exported[..digest.SizeInBytes()]), transcriptHash);

    /// <summary>Zeroes what the client's Finished is verified with and sessions are resumed from.</summary>
    public void Dispose()
    {
        _masterSecret.Dispose();
        _clientHandshakeTraffic.Dispose();
    }
}
