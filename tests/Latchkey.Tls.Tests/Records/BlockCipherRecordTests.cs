using System.Buffers;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Records;
using Latchkey.Tls.Tls12;

namespace Latchkey.Tls.Tests.Records;

/// <summary>AES-CBC records, MAC-then-encrypt and encrypt-then-MAC, through the reader that raises the alerts.</summary>
[Trait("Catalogue", "G5")]
public sealed class BlockCipherRecordTests
{
    private static readonly CipherSuite[] Suites =
    [
        CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
        CipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA,
        CipherSuite.TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
        CipherSuite.TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    ];

    public static TheoryData<CipherSuite, bool> Protections => new(Suites.SelectMany(suite => (TheoryDataRow<CipherSuite, bool>[])[new(suite, true), new(suite, false)]));

    [Theory, MemberData(nameof(Protections))]
    public void What_is_sealed_opens_record_after_record(CipherSuite suite, bool encryptThenMac)
    {
        using var keys = Keys(suite);
        var traffic = keys.OfServer(suite, encryptThenMac);
        using var sealing = traffic.CreateProtection(CryptoProvider.Default);
        using var opening = new Opening(traffic);
        foreach (var size in new[] { 1, 11, 12, 15, 16, 17, 31, 32, 33, 1000, RecordHeader.MaxPlaintext })
        {
            var content = RandomNumberGenerator.GetBytes(size);
            var record = Seal(sealing, content);
            Assert.True(record.Length <= RecordHeader.Size + size + sealing.Expansion);
            Assert.Equal(content, opening.Read(record));
            record = Seal(sealing, content);
            Assert.Equal(content, opening.Read(record, cutAt: 3));
            record = Seal(sealing, content);
            Assert.Equal(content, opening.Read(record, cutAt: record.Length - 1));
        }
    }

    [Theory, MemberData(nameof(Protections))]
    public void Empty_records_are_passed_over_up_to_the_limit(CipherSuite suite, bool encryptThenMac)
    {
        using var keys = Keys(suite);
        var traffic = keys.OfServer(suite, encryptThenMac);
        using var sealing = traffic.CreateProtection(CryptoProvider.Default);
        using var opening = new Opening(traffic);
        byte[] records = [.. Seal(sealing, []), .. Seal(sealing, []), .. Seal(sealing, [7])];
        Assert.Equal([7], opening.Read(records));
        for (var i = 0; i < new TlsLimits().MaxEmptyRecords; i++)
            Assert.Null(opening.Read(Seal(sealing, [])));
        Assert.Equal(AlertDescription.UnexpectedMessage, Assert.Throws<PeerMisbehavedException>(() => opening.Read(Seal(sealing, []))).Alert);
    }

    [Theory, MemberData(nameof(Protections))]
    public void Whatever_is_wrong_with_a_record_the_failure_is_the_same(CipherSuite suite, bool encryptThenMac)
    {
        using var keys = Keys(suite);
        var traffic = keys.OfServer(suite, encryptThenMac);
        using var sealing = traffic.CreateProtection(CryptoProvider.Default);
        var record = Seal(sealing, "GET / HTTP/1.1\r\n"u8.ToArray());
        var failures = new List<PeerMisbehavedException>();
        for (var i = 0; i < record.Length; i++)
        {
            if (i is 1 or 3 or 4)
                continue; // no TLS at all, or a record of another length
            byte[] changed = [.. record];
            changed[i] ^= (byte)(i == 0 ? 1 : 0x80);
            failures.Add(Fails(traffic, changed));
        }
        for (var size = 0; size < record.Length - RecordHeader.Size; size++)
            failures.Add(Fails(traffic, WithLength(record.AsSpan(RecordHeader.Size, size).ToArray())));
        failures.Add(Fails(traffic, WithLength([.. record.AsSpan(RecordHeader.Size), .. new byte[16]])));
        failures.Add(Fails(keys.OfClient(suite, encryptThenMac), record));
        failures.Add(Fails(keys.OfServer(suite, !encryptThenMac), record));
        failures.Add(Fails(traffic, Seal(sealing, [1]))); // the second record first
        Assert.Equal((AlertDescription.BadRecordMac, failures[0].Message), Assert.Single(failures.Select(failure => (failure.Alert!.Value, failure.Message)).Distinct()));
    }

    [Theory, MemberData(nameof(Protections))]
    public void Every_one_of_the_256_paddings_is_taken_and_none_that_is_wrong(CipherSuite suite, bool encryptThenMac)
    {
        using var keys = Keys(suite);
        var traffic = keys.OfServer(suite, encryptThenMac);
        for (var count = 1; count <= 256; count++)
        {
            var inside = (count + (encryptThenMac ? 0 : traffic.MacKey.Length)) % 16;
            var content = RandomNumberGenerator.GetBytes(32 - inside);
            byte[] padding = [.. Enumerable.Repeat((byte)(count - 1), count)];
            using (var opening = new Opening(traffic))
                Assert.Equal(content, opening.Read(ByHand(traffic, encryptThenMac, content, padding)));
            if (count == 1)
                continue;
            padding[RandomNumberGenerator.GetInt32(count - 1)] ^= 1;
            Assert.Equal(AlertDescription.BadRecordMac, Fails(traffic, ByHand(traffic, encryptThenMac, content, padding)).Alert);
        }
    }

    [Fact]
    public void No_two_records_have_the_same_iv()
    {
        const CipherSuite suite = CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA;
        using var keys = Keys(suite);
        foreach (var encryptThenMac in new[] { true, false })
        {
            using var sealing = keys.OfServer(suite, encryptThenMac).CreateProtection(CryptoProvider.Default);
            var ivs = Enumerable.Range(0, 200).Select(_ => Convert.ToHexString(Seal(sealing, [1]).AsSpan(RecordHeader.Size, 16))).ToArray();
            Assert.Equal(ivs.Length, ivs.Distinct().Count());
        }
    }

    [Fact]
    public void The_base_library_does_encrypt_then_mac_alike()
    {
        const CipherSuite suite = CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384;
        using var keys = Keys(suite);
        var traffic = keys.OfClient(suite, encryptThenMac: true);
        using var sealing = traffic.CreateProtection(CryptoProvider.BaseLibrary);
        using var opening = new Opening(traffic);
        Assert.Equal([1, 2, 3], opening.Read(Seal(sealing, [1, 2, 3])));
    }

    [Theory]
    [InlineData(CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA, 2 * (20 + 16))]
    [InlineData(CipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA256, 2 * (32 + 32))]
    [InlineData(CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, 2 * (48 + 32))]
    [InlineData(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, 2 * (16 + 4))]
    [InlineData(CipherSuite.TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256, 2 * (32 + 12))]
    public void A_key_block_is_cut_in_the_order_of_the_rfc(CipherSuite suite, int size)
    {
        Assert.Equal(size, KeyBlock.Size(suite));
        byte[] block = [.. Enumerable.Range(0, size).Select(i => (byte)i)];
        using var keys = KeyBlock.Partition(suite, block);
        SecretBytes[] parts = [keys.ClientMacKey, keys.ServerMacKey, keys.ClientKey, keys.ServerKey, keys.ClientIv, keys.ServerIv];
        Assert.Equal(block, parts.SelectMany(part => part.Span.ToArray()));
        for (var i = 0; i < parts.Length; i += 2)
            Assert.Equal(parts[i].Length, parts[i + 1].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => KeyBlock.Partition(suite, block.AsSpan(1)));
    }

    private static Tls12RecordKeys Keys(CipherSuite suite) => KeyBlock.Partition(suite, RandomNumberGenerator.GetBytes(KeyBlock.Size(suite)));

    private static byte[] Seal(RecordProtection protection, byte[] content)
    {
        var record = new byte[RecordHeader.Size + content.Length + protection.Expansion];
        return record[..protection.Seal(ContentType.ApplicationData, [.. content, 0xEE], record)];
    }

    /// <summary>The first record under these keys as RFC 5246 §6.2.3.2 or RFC 7366 §3 has it, with any padding.</summary>
    private static byte[] ByHand(Tls12TrafficKeys keys, bool encryptThenMac, byte[] content, byte[] padding)
    {
        using var aes = Aes.Create();
        aes.SetKey(keys.Key.Span);
        var iv = RandomNumberGenerator.GetBytes(16);
        byte[] plaintext = encryptThenMac ? [.. content, .. padding] : [.. content, .. Mac(keys, content), .. padding];
        byte[] encrypted = [.. iv, .. aes.EncryptCbc(plaintext, iv, PaddingMode.None)];
        return WithLength(encryptThenMac ? [.. encrypted, .. Mac(keys, encrypted)] : encrypted);
    }

    private static byte[] Mac(Tls12TrafficKeys keys, byte[] what)
    {
        var name = keys.MacKey.Length switch { 20 => HashAlgorithmName.SHA1, 32 => HashAlgorithmName.SHA256, _ => HashAlgorithmName.SHA384 };
        byte[] authenticated = [0, 0, 0, 0, 0, 0, 0, 0, 23, 3, 3, (byte)(what.Length >> 8), (byte)what.Length, .. what];
        return CryptographicOperations.HmacData(name, keys.MacKey.Span, authenticated);
    }

    private static byte[] WithLength(byte[] fragment) => [23, 3, 3, (byte)(fragment.Length >> 8), (byte)fragment.Length, .. fragment];

    private static PeerMisbehavedException Fails(TrafficKeys keys, byte[] record)
    {
        using var opening = new Opening(keys);
        return Assert.Throws<PeerMisbehavedException>(() => opening.Read(record));
    }

    /// <summary>The reading side of a connection.</summary>
    private sealed class Opening : IDisposable
    {
        private readonly PlaintextQueue _plaintext = new();
        private readonly RecordReader _reader;

        public Opening(TrafficKeys keys) =>
            _reader = new RecordReader(new TlsLimits(), _plaintext) { Version = TlsVersion.Tls12, Protection = keys.CreateProtection(CryptoProvider.Default) };

        /// <summary>The content of the first record that has some; null for none. Cut in two, the bytes lie in two segments.</summary>
        public byte[]? Read(byte[] bytes, int cutAt = 0)
        {
            var first = new Segment(bytes.AsMemory(0, cutAt));
            var last = first.Append(bytes.AsMemory(cutAt));
            var buffer = cutAt == 0 ? new ReadOnlySequence<byte>(bytes) : new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
            return _reader.TryRead(ref buffer, out _, out var content) ? content.ToArray() : null;
        }

        public void Dispose()
        {
            _reader.Dispose();
            _plaintext.Dispose();
        }
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
