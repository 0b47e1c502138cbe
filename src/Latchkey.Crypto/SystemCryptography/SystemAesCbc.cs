using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>AES-CBC of the base library; TLS' padding is none of its modes and is made here.</summary>
internal sealed class SystemAesCbc : AesCbc
{
    private readonly Aes _aes;

    internal SystemAesCbc(ReadOnlySpan<byte> key)
    {
        CheckKey(key);
        _aes = Aes.Create();
        _aes.SetKey(key);
    }

    /// <inheritdoc/>
    public override void Encrypt(ReadOnlySpan<byte> iv, Span<byte> buffer, int length)
    {
        CheckEncrypt(iv, buffer, length);
        buffer[length..].Fill((byte)(buffer.Length - length - 1));
        _aes.EncryptCbc(buffer, iv, buffer, PaddingMode.None);
    }

    /// <inheritdoc/>
    public override bool TryDecrypt(ReadOnlySpan<byte> iv, Span<byte> buffer, out int length)
    {
        CheckIv(iv);
        length = 0;
        if (buffer.IsEmpty || buffer.Length % BlockSize != 0)
            return false;
        _aes.DecryptCbc(buffer, iv, buffer, PaddingMode.None);
        byte last = buffer[^1];
        if (last >= buffer.Length || buffer[^(last + 1)..].ContainsAnyExcept(last))
            return false;
        length = buffer.Length - last - 1;
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose() => _aes.Dispose();
}
