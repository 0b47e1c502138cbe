using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>RFC 8446 §4.1.4 and §4.1.2: one retry, and a second hello that changes nothing but what it may.</summary>
public sealed class HelloRetryTests
{
    public static TheoryData<string> IllegalChanges => ["random", "session id", "suites", "name", "versions", "an extension more", "an extension less", "another group", "two shares", "no share", "early data"];

    [Theory]
    [InlineData((ushort)NamedGroup.X25519)]
    [InlineData((ushort)NamedGroup.Secp384r1)]
    public async Task A_client_without_a_usable_share_is_asked_for_one_and_succeeds(ushort group)
    {
        await using var talk = await RetryAsync((NamedGroup)group);
        await talk.Client.SendSecondHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        var connection = await talk.Accepting;
        Assert.Equal((NamedGroup)group, connection.Info.Group);
        Assert.Single(talk.Client.Records, record => record.Outer == ContentType.ChangeCipherSpec);
    }

    [Fact]
    public async Task Padding_and_a_cookie_may_change()
    {
        await using var talk = await RetryAsync();
        await talk.Client.SendSecondHelloAsync(hello => hello with { MoreExtensions = [(21, new byte[100])] });
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        await talk.Accepting;
    }

    [Theory]
    [MemberData(nameof(IllegalChanges))]
    public async Task Any_other_change_is_illegal_parameter(string change)
    {
        await using var talk = await RetryAsync();
        await talk.Client.SendSecondHelloAsync(hello => change switch
        {
            "random" => hello with { Random = new byte[32] },
            "session id" => hello with { SessionId = [] },
            "suites" => hello with { Suites = [0x1301] },
            "name" => hello with { ServerName = "other.test" },
            "versions" => hello with { Versions = [0x0304] },
            "an extension more" => hello with { MoreExtensions = [(0x7777, [])] },
            "an extension less" => hello with { ServerName = null },
            "another group" => hello with { Shares = [((ushort)NamedGroup.Secp256r1, new byte[65])] },
            "two shares" => hello with { Shares = [.. hello.Shares!, ((ushort)NamedGroup.Secp256r1, new byte[65])] },
            "no share" => hello with { Shares = [] },
            "early data" => hello with { MoreExtensions = [(42, [])] },
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        });
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.IllegalParameter);
    }

    [Fact]
    public async Task Something_else_than_a_second_hello_is_unexpected_message()
    {
        await using var talk = await RetryAsync();
        await talk.Client.ReadMessageAsync(HandshakeType.ServerHello);
        await talk.Client.SendAsync(ContentType.Handshake, Finished.Encode(new byte[32]).Encoded);
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.UnexpectedMessage);
    }

    [Fact]
    public async Task Early_data_before_the_second_hello_is_dropped()
    {
        await using var talk = new Conversation();
        talk.Client.Hello = talk.Client.Hello with { Groups = [(ushort)NamedGroup.X25519], Shares = [], MoreExtensions = [(42, [])] };
        await talk.Client.SendHelloAsync(talk.Client.Hello.Encode());
        for (var i = 0; i < 4; i++)
            await talk.Client.SendAsync(ContentType.ApplicationData, new byte[1000]);
        await talk.Client.SendSecondHelloAsync(hello => hello with { MoreExtensions = [] });
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        await talk.Accepting;
    }

    private static async Task<Conversation> RetryAsync(NamedGroup group = NamedGroup.X25519)
    {
        var talk = new Conversation();
        talk.Client.Hello = talk.Client.Hello with { Groups = [(ushort)group, (ushort)NamedGroup.Secp256r1], Shares = [] };
        if (group != NamedGroup.X25519)
            talk.Client.Hello = talk.Client.Hello with { Groups = [(ushort)group] };
        await talk.Client.SendHelloAsync(talk.Client.Hello.Encode());
        return talk;
    }
}
