namespace Latchkey.Edge.Upstreams;

/// <summary>A feature of requests whose answer somebody before the upstream wants to see first.</summary>
internal interface IAnswerWatcher
{
    /// <summary>The origin's answer, before any of it is the client's. true: it never will be; whoever watches answers in its place.</summary>
    bool TakesOver(HttpResponseMessage answer);

    /// <summary>Its status and fields are those of the response now, and the body comes next.</summary>
    void Passing();

    /// <summary>There is no answer. true: whoever watches has one.</summary>
    bool TakesOverFailure();
}
