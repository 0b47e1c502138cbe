using System.Buffers.Binary;
using Latchkey.Crypto;

namespace Latchkey.Attacks;

/// <summary>Records of one direction under AES-128-GCM, RFC 5288; the explicit nonce is the record's number, and there is one record or two.</summary>
internal sealed class HandmadeRecords(byte[] key, byte[] salt)
{
    private ulong _number;

    public byte[] Seal(byte type, byte[] plaintext)
    {
        var sealedBytes = new byte[plaintext.Length + 16];
        using var aead = CryptoProvider.Default.CreateAead(AeadAlgorithm.Aes128Gcm, key);
        aead.Seal([.. salt, .. Number()], plaintext, sealedBytes, Additional(type, plaintext.Length));
        var record = (byte[])[type, 3, 3, .. HandmadeClient.V16([.. Number(), .. sealedBytes])];
        _number++;
        return record;
    }

    public byte[] Open(byte type, byte[] fragment)
    {
        var plaintext = new byte[fragment.Length - 24];
        using var aead = CryptoProvider.Default.CreateAead(AeadAlgorithm.Aes128Gcm, key);
        Assert.True(aead.TryOpen([.. salt, .. fragment[..8]], fragment.AsSpan(8), plaintext, Additional(type, plaintext.Length)), "a record that does not open");
        _number++;
        return plaintext;
    }

    private byte[] Number()
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _number);
        return bytes;
    }

    private byte[] Additional(byte type, int length) => [.. Number(), type, 3, 3, (byte)(length >> 8), (byte)length];
}
