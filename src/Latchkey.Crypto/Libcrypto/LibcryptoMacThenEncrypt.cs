using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>
/// MAC-then-encrypt out of libcrypto's constant-time parts, put together as libssl does it. Written here is only what handles secret
/// lengths without looking at them: they are passed on, and one comparison at the end decides.
/// </summary>
internal sealed unsafe class LibcryptoMacThenEncrypt : MacThenEncrypt
{
    private const int LengthSize = 2;

    private readonly LibcryptoAesCbc _cipher;
    private readonly LibcryptoHmac _sealing;
    private readonly LibcryptoRecordMac _opening;

    internal LibcryptoMacThenEncrypt(DigestAlgorithm mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> macKey)
    {
        MacSize = mac.SizeInBytes();
        if (macKey.Length != MacSize)
            throw new ArgumentException($"The MAC key of {mac} has {MacSize} bytes (RFC 5246 appendix C), not {macKey.Length}.", nameof(macKey));
        _cipher = new LibcryptoAesCbc(key, MacSize);
        _sealing = new LibcryptoHmac(mac, macKey);
        _opening = new LibcryptoRecordMac(mac, macKey);
    }

    /// <inheritdoc/>
    public override int MacSize { get; }

    /// <inheritdoc/>
    public override void Seal(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> header, Span<byte> buffer, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(buffer.Length, SealedSize(length), nameof(buffer));
        Span<byte> authenticated = stackalloc byte[HeaderSize + LengthSize];
        Write(authenticated, header, length);
        _sealing.Append(authenticated);
        _sealing.Append(buffer[..length]);
        _sealing.Finish(buffer.Slice(length, MacSize));
        _cipher.Encrypt(iv, buffer, length + MacSize);
    }

    /// <inheritdoc/>
    public override bool TryOpen(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> header, Span<byte> buffer, out int length)
    {
        length = 0;
        // Fails for lengths that everybody can see: not whole blocks, no room for MAC and padding.
        if (!_cipher.TryDecrypt(iv, buffer, out int secretLength, out byte* received))
        {
            CryptographicOperations.ZeroMemory(buffer);
            return false;
        }
        Span<byte> authenticated = stackalloc byte[HeaderSize + LengthSize];
        Write(authenticated, header, secretLength);
        Span<byte> expected = stackalloc byte[LibcryptoRecordMac.MaxSize];
        expected = expected[..MacSize];
        fixed (byte* data = buffer)
            _opening.Compute(authenticated, data, secretLength, buffer.Length, expected);
        // Bad padding has made the received MAC random, so that there is one question and one answer.
        bool good = CryptographicOperations.FixedTimeEquals(expected, new ReadOnlySpan<byte>(received, MacSize));
        if (good)
            length = secretLength;
        else
            CryptographicOperations.ZeroMemory(buffer);
        return good;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _cipher.Dispose();
        _sealing.Dispose();
        _opening.Dispose();
    }

    private static void Write(Span<byte> authenticated, ReadOnlySpan<byte> header, int length)
    {
        header[..HeaderSize].CopyTo(authenticated);
        BinaryPrimitives.WriteUInt16BigEndian(authenticated[HeaderSize..], (ushort)length);
    }
}
