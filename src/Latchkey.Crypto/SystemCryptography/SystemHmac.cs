using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>HMAC of the base library.</summary>
internal sealed class SystemHmac(DigestAlgorithm algorithm, ReadOnlySpan<byte> key) : Hmac
{
    private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(DigestNames.Of(algorithm), key);

    /// <inheritdoc/>
    public override int Size => _hmac.HashLengthInBytes;

    /// <inheritdoc/>
    public override void Append(ReadOnlySpan<byte> data) => _hmac.AppendData(data);

    /// <inheritdoc/>
    public override void Finish(Span<byte> destination) => _hmac.GetHashAndReset(destination);

    /// <inheritdoc/>
    public override void Dispose() => _hmac.Dispose();
}
