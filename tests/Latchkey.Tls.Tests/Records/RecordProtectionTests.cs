using Latchkey.Crypto;
using Latchkey.Tls.Records;
using Latchkey.Tls.Tls12;

namespace Latchkey.Tls.Tests.Records;

public sealed class RecordProtectionTests
{
    public static TheoryData<CipherSuite> Suites13 => [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384, CipherSuite.TLS_CHACHA20_POLY1305_SHA256];

    public static TheoryData<CipherSuite> Suites12 =>
    [
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    [Fact]
    public void The_servers_flight_of_RFC_8448_is_sealed_byte_for_byte()
    {
        var trace = Rfc8448.SimpleHandshake();
        using var secret = SecretBytes.CopyOf(trace["{server}  derive secret \"tls13 s hs traffic\"", "expanded"]);
        using var protection = new Tls13RecordProtection(CryptoProvider.Default, CipherSuite.TLS_AES_128_GCM_SHA256, secret);
        var payload = trace.All("{server}  send handshake record", "payload")[1];
        Assert.Equal(trace.All("{server}  send handshake record", "complete record")[1], Seal(protection, ContentType.Handshake, payload));
    }

    [Fact]
    public void The_clients_Finished_of_RFC_8448_is_opened()
    {
        var trace = Rfc8448.SimpleHandshake();
        using var secret = SecretBytes.CopyOf(trace["{server}  derive secret \"tls13 c hs traffic\"", "expanded"]);
        using var protection = new Tls13RecordProtection(CryptoProvider.Default, CipherSuite.TLS_AES_128_GCM_SHA256, secret);
        var (type, content) = Open(protection, trace.All("{client}  send handshake record", "complete record")[1])!.Value;
        Assert.Equal(ContentType.Handshake, type);
        Assert.Equal(trace.All("{client}  send handshake record", "payload")[1], content);
    }

    [Theory]
    [MemberData(nameof(Suites13))]
    [MemberData(nameof(Suites12))]
    public void What_is_sealed_opens_record_after_record(CipherSuite suite)
    {
        var (sealing, opening) = Pair(suite);
        using (sealing)
        using (opening)
        {
            foreach (var size in new[] { 0, 1, 15, 16, 17, 1000, RecordHeader.MaxPlaintext })
            {
                var content = Enumerable.Range(0, size).Select(i => (byte)(i * 7)).ToArray();
                var record = Seal(sealing, ContentType.ApplicationData, content);
                Assert.Equal(RecordHeader.Size + size + sealing.Expansion, record.Length);
                var (type, opened) = Open(opening, record)!.Value;
                Assert.Equal(ContentType.ApplicationData, type);
                Assert.Equal(content, opened);
            }

            Assert.Equal(7ul, opening.Sequence);
        }
    }

    [Theory]
    [MemberData(nameof(Suites13))]
    [MemberData(nameof(Suites12))]
    public void A_changed_bit_anywhere_does_not_open(CipherSuite suite)
    {
        var (sealing, opening) = Pair(suite);
        using (sealing)
        using (opening)
        {
            var record = Seal(sealing, ContentType.ApplicationData, "GET / HTTP/1.1"u8.ToArray());
            for (var i = 0; i < record.Length; i++)
            {
                var changed = (byte[])record.Clone();
                changed[i] ^= 0x10;
                // TLS 1.2 authenticates the length of the content, which is not that of the header's field.
                if (suite > CipherSuite.TLS_CHACHA20_POLY1305_SHA256 && i is 3 or 4)
                    continue;
                Assert.Null(Open(opening, changed));
            }

            Assert.NotNull(Open(opening, record));
        }
    }

    [Theory]
    [MemberData(nameof(Suites13))]
    [MemberData(nameof(Suites12))]
    public void A_record_that_is_replayed_or_comes_too_early_does_not_open(CipherSuite suite)
    {
        var (sealing, opening) = Pair(suite);
        using (sealing)
        using (opening)
        {
            var first = Seal(sealing, ContentType.ApplicationData, [1]);
            var second = Seal(sealing, ContentType.ApplicationData, [2]);
            Assert.Null(Open(opening, second));
            Assert.NotNull(Open(opening, first));
            Assert.Null(Open(opening, first));
            Assert.NotNull(Open(opening, second));
        }
    }

    [Fact]
    public void Padding_is_stripped_and_padding_alone_has_no_type()
    {
        var (sealing, opening) = Pair(CipherSuite.TLS_AES_128_GCM_SHA256);
        using (sealing)
        using (opening)
        {
            // Content, type and zeros by hand: what Seal writes last is the type, here a zero of padding.
            var padded = Seal(sealing, 0, [1, 2, 0, (byte)ContentType.ApplicationData, 0, 0, 0]);
            var (type, content) = Open(opening, padded)!.Value;
            Assert.Equal(ContentType.ApplicationData, type);
            Assert.Equal([1, 2, 0], content);
            var nothing = Seal(sealing, 0, new byte[5]);
            Assert.Equal(ContentType.None, Open(opening, nothing)!.Value.Type);
        }
    }

    [Fact]
    public void The_next_generation_opens_only_the_next_generation()
    {
        var (sealing, opening) = Pair(CipherSuite.TLS_AES_256_GCM_SHA384);
        using (sealing)
        using (opening)
        using (var nextSealing = ((Tls13RecordProtection)sealing).NextGeneration())
        using (var nextOpening = ((Tls13RecordProtection)opening).NextGeneration())
        {
            var record = Seal(nextSealing, ContentType.ApplicationData, [1]);
            Assert.Null(Open(opening, record));
            Assert.NotNull(Open(nextOpening, record));
        }
    }

    [Theory]
    [MemberData(nameof(Suites13))]
    [MemberData(nameof(Suites12))]
    public void Records_cost_no_allocation(CipherSuite suite)
    {
        var (sealing, opening) = Pair(suite);
        using (sealing)
        using (opening)
        {
            var content = new byte[1001];
            var record = new byte[2000];
            var destination = new byte[2000];
            Run(10);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Run(100);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

            void Run(int times)
            {
                for (var i = 0; i < times; i++)
                {
                    var length = sealing.Seal(ContentType.ApplicationData, content, record);
                    var prefix = RecordHeader.Size + opening.PrefixSize;
                    if (!opening.TryOpen(record.AsSpan(0, prefix), record.AsSpan(prefix, length - prefix), destination, out _))
                        throw new InvalidOperationException();
                }
            }
        }
    }

    private static (RecordProtection Sealing, RecordProtection Opening) Pair(CipherSuite suite)
    {
        if (suite <= CipherSuite.TLS_CHACHA20_POLY1305_SHA256 && (ushort)suite >= 0x1301)
        {
            using var secret = SecretBytes.Random(suite.Digest().SizeInBytes());
            return (new Tls13RecordProtection(CryptoProvider.Default, suite, secret), new Tls13RecordProtection(CryptoProvider.Default, suite, secret));
        }

        using var block = SecretBytes.Random(KeyBlock.Size(suite));
        using var keys = KeyBlock.Partition(suite, block.Span);
        var traffic = keys.OfClient(suite, encryptThenMac: false);
        return (traffic.CreateProtection(CryptoProvider.Default), traffic.CreateProtection(CryptoProvider.Default));
    }

    private static byte[] Seal(RecordProtection protection, ContentType type, byte[] content)
    {
        var record = new byte[RecordHeader.Size + content.Length + protection.Expansion];
        var length = protection.Seal(type, [.. content, 0xEE], record);
        Assert.Equal(record.Length, length);
        return record;
    }

    private static (ContentType Type, byte[] Content)? Open(RecordProtection protection, byte[] record)
    {
        var prefix = RecordHeader.Size + protection.PrefixSize;
        var destination = new byte[record.Length];
        return protection.TryOpen(record.AsSpan(0, prefix), record.AsSpan(prefix), destination, out var opened)
            ? (opened.Type, destination[..opened.Length])
            : null;
    }
}
