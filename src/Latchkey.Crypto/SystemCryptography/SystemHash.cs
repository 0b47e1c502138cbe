using System.Buffers;
using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>
/// IncrementalHash, which can be read without ending but not copied: so the bytes are kept and a fork hashes them again.
/// They are a transcript's, a few kilobytes and public.
/// </summary>
internal sealed class SystemHash : RunningHash
{
    private readonly ArrayBufferWriter<byte> _soFar = new();
    private readonly IncrementalHash? _md5;
    private readonly IncrementalHash _hash;

    internal SystemHash(DigestAlgorithm algorithm)
    {
        Algorithm = algorithm;
        bool md5Sha1 = algorithm == DigestAlgorithm.Md5Sha1;
        _md5 = md5Sha1 ? IncrementalHash.CreateHash(HashAlgorithmName.MD5) : null;
        _hash = IncrementalHash.CreateHash(md5Sha1 ? HashAlgorithmName.SHA1 : DigestNames.Of(algorithm));
    }

    /// <inheritdoc/>
    public override DigestAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public override void Append(ReadOnlySpan<byte> data)
    {
        _soFar.Write(data);
        _md5?.AppendData(data);
        _hash.AppendData(data);
    }

    /// <inheritdoc/>
    public override int GetCurrentHash(Span<byte> destination)
    {
        int written = _md5?.GetCurrentHash(destination) ?? 0;
        return written + _hash.GetCurrentHash(destination[written..]);
    }

    /// <inheritdoc/>
    public override RunningHash Fork()
    {
        var copy = new SystemHash(Algorithm);
        copy.Append(_soFar.WrittenSpan);
        return copy;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _md5?.Dispose();
        _hash.Dispose();
    }
}
