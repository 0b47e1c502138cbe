using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Tests.Sessions;

public sealed class SessionStateEncodingTests
{
    [Fact]
    public void What_is_encoded_comes_back()
    {
        AssertComesBack(SampleSession.Facts);
        AssertComesBack(SampleSession.Facts with { ServerName = null, ApplicationProtocol = null, CertificateFingerprint = default, EncryptThenMac = true });
        AssertComesBack(SampleSession.Facts with { ClientCertificates = [new byte[900], new byte[] { 1, 2, 3 }], MaxEarlyData = 16384, AgeAdd = uint.MaxValue });
    }

    [Fact]
    public void A_session_of_tls_1_3_has_a_secret_of_its_digests_size()
    {
        var facts = SampleSession.Facts with { Version = TlsVersion.Tls13, CipherSuite = CipherSuite.TLS_AES_128_GCM_SHA256 };
        using var state = new SessionState(facts, SecretBytes.Random(32));
        using var encoded = SessionStateEncoding.Encode(state)!;
        using var decoded = SessionStateEncoding.TryDecode(encoded);
        Assert.Equal(state.Secret.Span, decoded!.Secret.Span);
        using var wrong = new SessionState(facts, SecretBytes.Random(48));
        using var encodedWrong = SessionStateEncoding.Encode(wrong)!;
        Assert.Null(SessionStateEncoding.TryDecode(encodedWrong));
    }

    [Fact]
    public void A_chain_that_is_too_long_for_a_ticket_makes_no_session()
    {
        using var large = SampleSession.State(SampleSession.Facts with { ClientCertificates = [new byte[SessionStateEncoding.MaxSize]] });
        Assert.Null(SessionStateEncoding.Encode(large));
        using var many = SampleSession.State(SampleSession.Facts with { ClientCertificates = [.. Enumerable.Repeat((ReadOnlyMemory<byte>)new byte[1], 11)] });
        Assert.Null(SessionStateEncoding.Encode(many));
    }

    [Fact]
    public void A_future_format_is_no_session()
    {
        using var state = SampleSession.State();
        using var encoded = SessionStateEncoding.Encode(state)!;
        encoded.Span[0]++;
        Assert.Null(SessionStateEncoding.TryDecode(encoded));
    }

    [Fact]
    public void Whatever_is_cut_off_or_added_it_is_no_session()
    {
        using var state = SampleSession.State(SampleSession.Facts with { ClientCertificates = [new byte[20]] });
        using var encoded = SessionStateEncoding.Encode(state)!;
        for (var length = 0; length < encoded.Length; length++)
            AssertNone(encoded.Span[..length]);
        AssertNone([.. encoded.Span, 0]);
    }

    [Fact]
    public void No_bytes_whatever_throw()
    {
        using var state = SampleSession.State(SampleSession.Facts with { ClientCertificates = [new byte[20]] });
        using var encoded = SessionStateEncoding.Encode(state)!;
        for (var i = 0; i < encoded.Length; i++)
        {
            foreach (var value in (byte[])[0x00, 0x7F, 0x80, 0xFF, (byte)(encoded.Span[i] ^ 1)])
            {
                using var changed = SecretBytes.CopyOf(encoded.Span);
                changed.Span[i] = value;
                SessionStateEncoding.TryDecode(changed)?.Dispose();
            }
        }
        for (var i = 0; i < 2_000; i++)
        {
            using var random = SecretBytes.Random(RandomNumberGenerator.GetInt32(0, 400));
            if (random.Length > 0)
                random.Span[0] = 1;
            SessionStateEncoding.TryDecode(random)?.Dispose();
        }
    }

    private static void AssertNone(ReadOnlySpan<byte> bytes)
    {
        using var encoded = SecretBytes.CopyOf(bytes);
        Assert.Null(SessionStateEncoding.TryDecode(encoded));
    }

    private static void AssertComesBack(SessionFacts facts)
    {
        using var state = SampleSession.State(facts);
        using var encoded = SessionStateEncoding.Encode(state)!;
        using var decoded = SessionStateEncoding.TryDecode(encoded)!;
        Assert.Equal(state.Secret.Span, decoded.Secret.Span);
        Assert.Equal(facts.CertificateFingerprint.ToArray(), decoded.Facts.CertificateFingerprint.ToArray());
        Assert.Equal(facts.ClientCertificates.Select(one => one.ToArray()), decoded.Facts.ClientCertificates.Select(one => one.ToArray()));
        // The rest is compared as a record.
        Assert.Equal(facts with { CertificateFingerprint = default, ClientCertificates = [] }, decoded.Facts with { CertificateFingerprint = default, ClientCertificates = [] });
    }
}
